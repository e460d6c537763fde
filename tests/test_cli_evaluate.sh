#!/bin/sh
# Soundness of counterfactuals as a user asks: a config's query, the subcommand, files, and what is refused.
. "${srcdir:-.}/tests/cli.sh"

cat >run.yaml <<END
data:  {make: strokes, n: 92, seed: 3, test: 12, pad: 2}
graph:
  digit: {type: categorical, levels: 10}
  thickness: {type: continuous, range: [0.5, 8]}
  intensity: {type: continuous, range: [64, 255], parents: [thickness]}
  image: {type: image, parents: [digit, intensity], mechanism: {kind: cvae, latent: 2, width: 4, hidden: 8}}
train: {epochs: 1, batch: 50}
predictors:
  digit: {from: image, width: 2, epochs: 1, batch: 32}
  bright: {from: image, of: intensity, given: [digit], width: 2, epochs: 1, batch: 32}
queries:
  - {evaluate: {cycles: 2, seeds: 2, pixel-noise: [0, 1], temperature: 0.1, bootstrap: 20, out: sound.csv}}
END
expect 0 'image: counterfactuals of 12 test images, 2 seeds from 1 on, temperature 0.1' "$cgm" run run.yaml -o dir
for text in 'composition L1' 'composition SSIM' 'reversibility L2' 'effectiveness accuracy' 'predictor bright' 'measure' 'truth unedited L1' \
    FID KID CLD ELBO 'protocol permuted' 'composition at noise 1 is 0 by construction' "the judge's own error" 'predictor "digit"' \
    'the model saw training rows 0 to 79' 'judge bright saw training rows 0 to 71, and 72 to 79 to stop by; seed 1' 'wrote dir/sound.csv'; do
    grep -qF "$text" out || fail "cgm run does not say \"$text\": $(cat out)"
done
head -1 dir/sound.csv | grep -q '^metric,do,attribute,by,noise,after,n,value,deviation,error,low,high,real' || fail "sound.csv: $(head -1 dir/sound.csv)"
# Three treatments, two noises, two cycles: of reversibility each twice, of composition four figures (PSNR too).
[ "$(grep -c '^reversibility' dir/sound.csv)" = 24 ] || fail "sound.csv has not every cycle of reversibility"
[ "$(grep -c '^composition' dir/sound.csv)" = 16 ] || fail "sound.csv has not every cycle of composition"
# do(thickness) moves intensity, which has a truth.
grep -q '^truth error,thickness,intensity,' dir/sound.csv || fail "sound.csv has no error of intensity under do(thickness)"
grep '^composition L1' dir/sound.csv | tail -1 | awk -F, '$5 == 1 && $8 < 1e-6 { ok = 1 } END { exit !ok }' ||
    fail "composition at noise 1 is not 0: $(grep '^composition L1' dir/sound.csv | tail -1)"

expect 0 '"answer": [' "$cgm" evaluate dir/run.h5 --treatment digit --protocol bins --cycles 1 --seeds 1 --pixel-noise 0.1 --json
cp out first
expect 0 '"protocol": "bins"' "$cgm" evaluate dir/run.h5 --treatment digit --protocol bins --cycles 1 --seeds 1 --pixel-noise 0.1 --json --threads 1
cmp -s out first || fail "the same question has another answer on another number of threads"

# Minimality in the latents of an image VAE that sees no attribute.
sed -e '/^  digit: {type/d; /^  thickness/d; /^  intensity/d; s/parents: \[digit, intensity\], //; /^predictors:/,$d' run.yaml >plain.yaml
expect 0 'wrote plain.h5' "$cgm" train plain.yaml -o plain.h5
expect 0 'CLD as released' "$cgm" evaluate dir/run.h5 --treatment digit --cycles 1 --seeds 1 --pixel-noise 0 --bootstrap 0 --embedding plain.h5 -o sound.h5
grep -q 'posterior of image.z' out || fail "the embedding is not named: $(cat out)"
[ -s sound.h5 ] || fail "cgm evaluate wrote no sound.h5"

expect 2 'judge: "digit" sees training rows 0 to 79, and row 0 is asked for' "$cgm" evaluate dir/run.h5 --split train
expect 2 'judge: the run has none called "digits"; did you mean "digit"' "$cgm" evaluate dir/run.h5 --judge digits
expect 2 'judge: the model is fine-tuned by "digit"; expected' "$cgm" run run.yaml -o no --set 'finetune={predictors: [digit], epochs: 1}' \
    --set 'queries=[{evaluate: {judge: digit}}]'
expect 2 'expected one of permuted|bins' "$cgm" evaluate dir/run.h5 --protocol shuffled
expect 2 '--pixel-noise: expected a number from 0 to 1000' "$cgm" evaluate dir/run.h5 --pixel-noise 0,x
expect 2 "'image' is an image" "$cgm" evaluate dir/run.h5 --treatment image
expect 2 '-o: expected a name that ends in .csv or .h5' "$cgm" evaluate dir/run.h5 -o e.txt
expect 2 'did you mean "evaluate"' "$cgm" run run.yaml -o no --set 'queries=[{evaluat: {}}]'
expect 2 'seeds' "$cgm" run run.yaml -o no --set 'queries=[{evaluate: {seeds: 0}}]'
[ -e no/run.h5 ] && fail "a query that cannot be answered was trained for"

# What is expected, beside what came out: in the table, in JSON and in files.
sed -e 's/out: sound.csv/expect: [composition L1 after 1 noise 1 <= 0.5, effectiveness accuracy do(digit) of digit <= real - 2 published 0.97], &/' run.yaml >expect.yaml
expect 0 'what was expected: 1 of 3 met' "$cgm" run expect.yaml -o dir
grep -qE '^composition L1 +1 +1 .*at most +0\.5 .*met' out || fail "no verdict on composition: $(cat out)"
grep -qE '^effectiveness accuracy +digit .*at most .* -2 +missed +0\.97' out || fail "no verdict on accuracy: $(cat out)"
head -1 dir/sound.csv | grep -q ',real,wanted,target,tolerance,verdict,published' || fail "sound.csv: $(head -1 dir/sound.csv)"
[ "$(grep -c ',missed,' dir/sound.csv)" = 2 ] || fail "sound.csv has not the verdicts: $(cat dir/sound.csv)"
expect 0 '"met": 1' "$cgm" evaluate dir/run.h5 --treatment digit --cycles 1 --seeds 1 --pixel-noise 1 --bootstrap 0 --json --expect 'composition L1 <= 0.5' -o e.h5
grep -q '"verdict": "met"' out || fail "JSON has no verdict: $(cat out)"
expect 2 'expect: "composition L4 <= 1": there is no such metric, did you mean composition L1' "$cgm" evaluate dir/run.h5 --expect 'composition L4 <= 1'
expect 2 'nothing judges that' "$cgm" run run.yaml -o no --set 'queries=[{evaluate: {expect: effectiveness accuracy of colour >= 1}}]'

# Who judges a model that was tuned has no image and no seed in common with what tuned it.
tune='finetune={predictors: [digit], epochs: 1}'
ask='queries=[{evaluate: {n: 5, cycles: 1, seeds: 1, pixel-noise: 0, bootstrap: 0}}]'
expect 2 'judge: "bright" sees training rows that "digit" sees, which the model is fine-tuned by' "$cgm" run run.yaml -o no --set "$tune" --set "$ask"
sed -e 's/digit: {from: image, /&rows: first half, /; s/bright: {from: image, /&rows: second half, /' run.yaml >apart.yaml
expect 2 'judge: "bright" has the seed of "digit", which the model is fine-tuned by, 1; expected' "$cgm" run apart.yaml -o no --set "$tune" --set "$ask"
[ -e no/run.h5 ] && fail "a run was trained that its judges cannot judge"
expect 0 'judge bright saw training rows 40 to 75, and 76 to 79 to stop by; seed 2' "$cgm" run apart.yaml -o apart --set predictors.bright.seed=2 \
    --set "$tune" --set "$ask"
for text in 'the model saw training rows 0 to 79, also when it was fine-tuned' \
    'by which it is fine-tuned: digit saw training rows 0 to 35, and 36 to 39 to stop by; seed 1'; do
    grep -qF "$text" out || fail "cgm evaluate does not say \"$text\": $(cat out)"
done
expect 2 'predictor: the model is fine-tuned by "digit"' "$cgm" evaluate apart/run.h5 --predictor digit
expect 0 '"first": 40' "$cgm" evaluate apart/run.h5 -n 5 --treatment random --cycles 1 --seeds 1 --pixel-noise 0 --bootstrap 0 --json
grep -q '"do": "random"' out || fail "no figure is of a treatment at random: $(cat out)"
expect 0 'effectiveness error' "$cgm" evaluate apart/run.h5 -n 5 --judge none --treatment digit --cycles 1 --seeds 1 --pixel-noise 0 --bootstrap 0
grep -q 'predictor' out && fail "a predictor judges where none is asked for: $(cat out)"

# Without predictors: measures alone, and no features.
expect 0 'effectiveness error' "$cgm" run run.yaml -o few --set 'predictors={}' --set 'queries=[{evaluate: {n: 5, cycles: 1, seeds: 1, pixel-noise: 0}}]'
grep -qE 'FID|CLD' out && fail "distances of features without a predictor: $(cat out)"
exit "$failed"
