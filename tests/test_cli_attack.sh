#!/bin/sh
# Attacks on predictors, and their adversarial training, as a user meets them: a config's query, the subcommand, files, and what is
# refused.
. "${srcdir:-.}/tests/cli.sh"

cat >run.yaml <<END
data:  {make: strokes, n: 160, seed: 3, test: 30, pad: 2}
graph:
  digit: {type: categorical, levels: 10}
  thickness: {type: continuous, range: [0.5, 8]}
  image: {type: image, parents: [digit, thickness], mechanism: {kind: autoencoder, network: dense, latent: 2, widths: [8]}}
train: {epochs: 1, batch: 50}
predictors:
  digit: {from: image, width: 2, epochs: 3, batch: 32}
  tough: {from: image, of: digit, width: 2, epochs: 2, batch: 32, adversarial: {epsilon: 4, share: 0.25}}
  thick: {from: image, of: thickness, given: [digit], width: 2, epochs: 2, batch: 32}
queries:
  - {attack: {predictor: digit, method: fgsm, epsilon: 16, n: 20, out: fgsm.h5, png: fgsm.png}}
  - {attack: {predictor: thick, method: iterative_fgsm, iterations: 3}}
END
expect 0 'fgsm on the predictor "digit" of digit, pixels changed by at most 16' "$cgm" run run.yaml -o dir
for text in 'accuracy before' 'success: of ' 'error before' 'mean absolute error of what is read' 'wrote dir/fgsm.h5' 'wrote dir/fgsm.png'; do
    grep -qF -- "$text" out || fail "cgm run says nothing of \"$text\": $(cat out)"
done
for file in fgsm.h5 fgsm.png; do
    [ -s "dir/$file" ] || fail "cgm run wrote no dir/$file"
done
expect 0 'attacked by 4 grey levels (0.25 of the images)' "$cgm" info dir/run.h5
expect 0 'identical: ' "$cgm" rerun dir/run.h5
expect 0 '"accuracy_after"' "$cgm" attack dir/run.h5 --predictor digit -n 8 --json --method boundary --iterations 20
cp out first
expect 0 '"method": "boundary"' "$cgm" attack dir/run.h5 --predictor digit -n 8 --json --method boundary --iterations 20 --threads 1
cmp -s out first || fail "the same attack has another answer on another number of threads"
expect 0 'so that 3 is read' "$cgm" attack dir/run.h5 --predictor digit -n 4 --method carlini_wagner --iterations 5 --target 3
expect 0 'made for the predictor "tough"' "$cgm" attack dir/run.h5 --predictor digit -n 4 --method surrogate --surrogate tough
expect 0 'wrote a.h5' "$cgm" attack dir/run.h5 --predictor tough --index 3,5 -o a.h5
expect 2 'did you mean "fgsm"?' "$cgm" attack dir/run.h5 --predictor digit --method fgms
expect 2 'none called "digits"; did you mean "digit"' "$cgm" attack dir/run.h5 --predictor digits
expect 2 'the run has 3 of them' "$cgm" attack dir/run.h5
expect 2 '--epsilon: expected a number of grey levels above 0, up to 255' "$cgm" attack dir/run.h5 --predictor digit --epsilon 0
expect 2 'epsilon: boundary looks for the nearest image' "$cgm" attack dir/run.h5 --predictor digit --method boundary --epsilon 3
expect 2 "target: 'thickness' is continuous" "$cgm" attack dir/run.h5 --predictor thick --target 3
expect 2 'expected a name that ends in .h5' "$cgm" attack dir/run.h5 --predictor digit -o a.csv
expect 2 'did you mean "fgsm"?' "$cgm" run run.yaml -o no --set 'queries=[{attack: {predictor: digit, method: fgms}}]'
expect 2 'predictors.tough.adversarial' "$cgm" train run.yaml -o no.h5 --set predictors.tough.adversarial.epsilon=0
expect 2 'did you mean "epsilon"' "$cgm" train run.yaml -o no.h5 --set predictors.tough.adversarial.epsilom=3
for file in no no.h5 a.csv; do
    [ -e "$file" ] && fail "a failed command left $file"
done
exit "$failed"
