#!/bin/sh
# Optimisers and schedules in configs: each trains, stops, goes on and is made again to the same bits; mistakes get one line.
. "${srcdir:-.}/tests/cli.sh"

cat >c.yaml <<END
data:  {make: strokes, n: 90, seed: 3, test: 10, pad: 2}
graph:
  thickness: {type: continuous, range: [0.5, 8]}
  intensity: {type: continuous, range: [64, 255], parents: [thickness], mechanism: {kind: rq_spline, hidden: 8}}
  image:     {type: image, parents: [thickness, intensity], mechanism: {kind: cvae, latent: 2, width: 4, hidden: 8}}
train: {epochs: 4, batch: 20, warmup: 3, rate: 1e-3, checkpoint: 2}
END

# Stops after the first checkpoint of a fit, goes on, and compares with a run from the file alone that never stopped.
stop_and_go_on() { # NAME OPTIONS...
    name=$1
    shift
    "$cgm" train c.yaml -o "$name.h5" --quiet "$@" 2>err &
    pid=$!
    tries=0
    until [ -e "$name.h5" ] || [ $tries -ge 1000 ] || ! kill -0 $pid; do
        sleep 0.02
        tries=$((tries + 1))
    done
    kill -TERM $pid 2>/dev/null
    wait $pid
    [ $? = 1 ] && stopped=$((stopped + 1))
    expect 0 "$name.h5" "$cgm" train c.yaml -o "$name.h5" --resume "$@"
    expect 0 'identical: ' "$cgm" rerun "$name.h5"
}
stopped=0
slow='--set train.rate=1e-5'
# shellcheck disable=SC2086
{
    stop_and_go_on adamw --set train.optimizer=adamw --set 'train.schedule={kind: step, every: 5, factor: 0.5}'
    stop_and_go_on adam --set 'train.optimizer={kind: adam, beta1: 0.5, epsilon: 1e-6}' --set train.schedule=polynomial
    stop_and_go_on sgd $slow --set train.optimizer=sgd --set train.weight_decay=0.1 --set train.schedule=cosine
    stop_and_go_on momentum $slow --set train.optimizer=momentum --set 'train.schedule={kind: cosine, period: 4, growth: 2}'
    stop_and_go_on nesterov $slow --set 'train.optimizer={kind: nesterov, momentum: 0.5}' --set train.clip_value=0.5 \
        --set 'train.schedule={kind: plateau, patience: 0, threshold: 0.5, min_rate: 1e-6}'
    stop_and_go_on rmsprop --set 'train.optimizer={kind: rmsprop, momentum: 0.5}'
}
[ $stopped -ge 3 ] || fail "only $stopped of 6 trainings were stopped on their way"
# Each is another training than the first.
for kind in adam sgd momentum nesterov rmsprop; do
    cmp -s adamw.h5 $kind.h5 && fail "$kind makes what adamw makes"
done
# The stored config is complete.
for word in 'kind: adam[,}]' 'beta1: 0.5' 'epsilon: 1' 'kind: polynomial' 'power: 1' 'weight_decay: 0$'; do
    grep -aq "$word" adam.h5 || fail "adam.h5: no $word in its config"
done
grep -aq 'weight_decay: 0.01' adamw.h5 || fail 'adamw.h5: no usual weight decay'
grep -aq 'min_rate\|momentum' adamw.h5 && fail 'adamw.h5 holds keys that its kinds do not read'

# Mistakes: one line, with the place.
expect 2 "train.optimizer: there is no 'adma'; did you mean 'adam'?" "$cgm" train c.yaml -o no.h5 --set train.optimizer=adma
expect 2 'unknown key; the keys here are beta1, beta2, epsilon, kind' "$cgm" train c.yaml -o no.h5 \
    --set 'train.optimizer={kind: adam, momentum: 0.9}'
expect 2 'unknown key' "$cgm" train c.yaml -o no.h5 --set 'train.schedule={kind: step, min_rate: 0.1}'
expect 2 'beta1: expected a number from 0 to 0.9999999' "$cgm" train c.yaml -o no.h5 --set 'train.optimizer={beta1: 1}'
expect 2 'min_rate of a schedule of kind cosine: expected from 0 to the rate' "$cgm" train c.yaml -o no.h5 \
    --set 'train.schedule={kind: cosine, min_rate: 1}'
expect 2 'growth of a schedule of kind cosine' "$cgm" train c.yaml -o no.h5 --set 'train.schedule={kind: cosine, growth: 2}'
expect 2 'nobody knows how long the training is' "$cgm" train c.yaml -o no.h5 --set train.schedule=cosine --set train.minutes=1
expect 2 'nothing to judge by' "$cgm" train c.yaml -o no.h5 --set train.schedule=plateau --set train.validation=0
expect 2 'train.schedule' "$cgm" train c.yaml -o no.h5 --set 'train.schedule=[step]'
expect 2 'train.optimizer.kind is adam in adam.h5, but sgd in the config' "$cgm" train c.yaml -o adam.h5 --resume \
    --set train.optimizer=sgd --set train.schedule=polynomial --set train.weight_decay=0
[ -e no.h5 ] && fail 'a failed command left no.h5'
expect 0 'classical momentum' "$cgm" run --help
exit $failed
