#!/bin/sh
# Adversarial models as a user meets them: trained, gone on with, sampled, with a film, and what is refused.
. "${srcdir:-.}/tests/cli.sh"

cat >images.yaml <<END
data:  {make: strokes, n: 200, seed: 3, test: 40, pad: 2}
graph:
  digit: {type: categorical, levels: 10}
  image: {type: image, parents: [digit], mechanism: {kind: gan, latent: 4, widths: [8, 8, 4], loss: wasserstein, critic_steps: 2}}
train: {epochs: 4, batch: 16, film: 2}
queries:
  - {sample: {n: 9, do: {digit: 3}, png: s.png, out: s.h5}}
END
expect 0 'wrote dir/run.h5' "$cgm" run images.yaml -o dir
for file in run.h5 run.image.png s.png s.h5; do
    [ -s "dir/$file" ] || fail "cgm run wrote no dir/$file"
done
expect 0 'G(z, pa), dcgan, wasserstein' "$cgm" info dir/run.h5
expect 0 'identical: ' "$cgm" rerun dir/run.h5
expect 0 'wrote whole.h5' "$cgm" train images.yaml -o whole.h5
cmp -s whole.image.png dir/run.image.png || fail "the same training made another film"
expect 2 'its mechanism, gan, cannot abduct' "$cgm" counterfactual whole.h5 --do digit=3
expect 2 'did you mean "mlp"' "$cgm" train images.yaml -o no.h5 --set 'graph.image.mechanism.network=mpl'
expect 2 'critic_norm: batch makes the score' "$cgm" train images.yaml -o no.h5 --set 'graph.image.mechanism.critic_norm=batch'
[ -e no.h5 ] && fail "a failed command left no.h5"

# Networks that grow, stopped within a fading; with styles and an encoder there are counterfactuals.
grow='{kind: gan, network: progressive, latent: 4, width: 2, max_width: 4, fade: 128, stable: 64}'
expect 0 'training ended before the networks were grown: its images have 16 x 16 pixels, faded in by 0.38, enlarged to 32 x 32' \
    "$cgm" train images.yaml -o grown.h5 --set train.epochs=2 --set "graph.image.mechanism=$grow"
expect 0 'progressive, grown to level 3 of 4, wasserstein, gradient penalty' "$cgm" info grown.h5
expect 0 'identical: ' "$cgm" rerun grown.h5
expect 0 'wrote g.h5' "$cgm" sample grown.h5 -n 4 -o g.h5
style='{kind: gan, network: style, latent: 4, width: 2, max_width: 4, mapping: 2, truncation: 0.7, encoder: adversarial}'
expect 0 'wrote style.h5' "$cgm" train images.yaml -o style.h5 --set train.epochs=1 --set "graph.image.mechanism=$style"
expect 0 'wrote scf.h5' "$cgm" counterfactual style.h5 --do digit=3 -n 4 -o scf.h5
expect 2 'expected a square image with a side of 4, 8, 16, 32' \
    "$cgm" train images.yaml -o no.h5 --set 'graph.image.mechanism={kind: gan, network: style}' --set data.pad=0
[ -e no.h5 ] && fail "a failed command left no.h5"

cat >points.yaml <<END
data: {make: ring, n: 600, test: 100}
graph:
  point: {type: vector, width: 2, mechanism: {kind: gan, latent: 2, widths: [16, 16], loss: wasserstein, penalty_weight: 0.1}}
train: {epochs: 2, batch: 32, film: 1}
queries:
  - {sample: {n: 500, modes: mode, png: p.png}}
END
expect 0 'of 8 found' "$cgm" run points.yaml -o points
for file in p.png run.point.png; do
    [ -s points/$file ] || fail "no picture of points: points/$file"
done
expect 0 'identical: ' "$cgm" rerun points/run.h5
expect 0 'of 8 found' "$cgm" sample points/run.h5 -n 100 --modes mode -o s2.h5
expect 2 'modes: depth: expected a variable' "$cgm" sample points/run.h5 -n 100 --modes depth -o s3.h5
expect 2 'makes no vector variables' "$cgm" train points.yaml -o no.h5 --set graph.point.mechanism.network=dcgan

# The encoder alone, after the game that the clock ends; made again, it is as long.
cat >codes.yaml <<END
data: {make: ring, n: 600, test: 100}
graph:
  mode: {type: categorical, levels: 8}
  point:
    type: vector
    width: 2
    parents: [mode]
    mechanism: {kind: gan, latent: 2, widths: [16, 16], loss: wasserstein, encoder: adversarial, finetune: {epochs: 2, latent: 0.5}}
train: {epochs: 10000, minutes: 0.005, batch: 50}
END
expect 0 'wrote codes.h5' "$cgm" train codes.yaml -o codes.h5
grep -q 'image_cycle' out err || fail "training does not show image_cycle: $(cat out err)"
expect 0 'finetune' "$cgm" info codes.h5
expect 0 'identical: ' "$cgm" rerun codes.h5
expect 0 'wrote cf.h5' "$cgm" counterfactual codes.h5 -n 5 --do mode=3 -o cf.h5
expect 2 'finetune: there is no encoder' "$cgm" train codes.yaml -o no.h5 --set graph.point.mechanism.encoder=none
[ -e no.h5 ] && fail "a failed command left no.h5"
[ -e s3.h5 ] && fail "a failed command left s3.h5"
exit "$failed"
