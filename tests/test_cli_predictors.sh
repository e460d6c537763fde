#!/bin/sh
# Predictors as a user meets them: trained with a run and later, evaluated, judging counterfactuals, and what is refused.
. "${srcdir:-.}/tests/cli.sh"

cat >run.yaml <<END
data:  {make: strokes, n: 260, seed: 3, test: 60, pad: 2}
graph:
  digit: {type: categorical, levels: 10}
  thickness: {type: continuous, range: [0.5, 8]}
  image: {type: image, parents: [digit, thickness], mechanism: {kind: autoencoder, network: dense, latent: 2, widths: [8]}}
train: {epochs: 1, batch: 50}
predictors:
  digit: {from: image, width: 2, epochs: 2, batch: 32}
  thick: {from: image, of: thickness, given: [digit], network: residual, width: 2, epochs: 2, batch: 32}
queries:
  - {predictors: {png: reliable.png, out: scores.csv}}
  - {counterfactual: {do: {digit: 3}, n: 20, judge: [digit, thick], out: c.h5}}
END
expect 0 'digit: rows are the true level, columns what was read' "$cgm" run run.yaml -o dir
for text in 'what predictors read off 60 test images' 'digit saw training rows 0 to 179, and 180 to 199 to stop by; seed 1' \
    'digit judged accuracy' 'thick judged error' 'factual images digit judged accuracy' 'wrote dir/reliable.png'; do
    grep -qF "$text" out || fail "cgm run does not say \"$text\": $(cat out)"
done
for file in run.h5 reliable.png scores.csv c.h5; do
    [ -s "dir/$file" ] || fail "cgm run wrote no dir/$file"
done
head -1 dir/scores.csv | grep -q '^predictor,attribute,image,first,fitted,validated,seed,rows,accuracy,' || fail "scores.csv: $(head -1 dir/scores.csv)"
expect 0 'thick: thickness | image, digit' "$cgm" info dir/run.h5
grep -q 'Gaussian, mean and scale read off the image, residual, width 2; fitted to training rows 0 to 179, and 180 to 199 to stop by' out ||
    fail "cgm info does not say which rows a predictor saw: $(cat out)"
expect 0 'identical: ' "$cgm" rerun dir/run.h5
expect 0 '"confusion": [' "$cgm" predictors dir/run.h5 -n 20 --json
/usr/bin/env python3 -c 'import json, sys; a = json.load(open("out"))["answer"]; assert sum(map(sum, a[0]["confusion"])) == 20' 2>err ||
    { command -v python3 >/dev/null && fail "the JSON of cgm predictors: $(cat err)"; }
expect 0 'what predictors read off 200 training images' "$cgm" predictors dir/run.h5 --split train
expect 0 'digit judged accuracy' "$cgm" counterfactual dir/run.h5 --do digit=3 -n 10 --judge digit

# One more, to a run that is finished; the others keep their bits.
cp dir/run.h5 more.h5
sed 's/^queries:/  again: {from: image, of: digit, width: 1, epochs: 1}\nqueries:/' run.yaml >more.yaml
expect 0 'wrote more.h5' "$cgm" train more.yaml -o more.h5 --resume
expect 0 'again: digit | image' "$cgm" info more.h5
expect 2 'predictors.digit.epochs is 2 in' "$cgm" train run.yaml -o more.h5 --resume --set predictors.digit.epochs=3

# Fine-tuning, of the finished run.
sed -e 's/mechanism: {.*/mechanism: {kind: cvae, width: 2, latent: 2, hidden: 4}}/' run.yaml >plain.yaml
sed 's/^queries:/finetune: {predictors: [digit, thick], do: [digit], epochs: 1}\nqueries:/' plain.yaml >tuned.yaml
expect 0 'wrote tuned.h5' "$cgm" train plain.yaml -o tuned.h5
expect 0 'finetune' "$cgm" train tuned.yaml -o tuned.h5 --resume
expect 0 'image by digit, thick; training objective at most' "$cgm" info tuned.h5
expect 0 'identical: ' "$cgm" rerun tuned.h5
expect 0 'wrote t.h5' "$cgm" counterfactual tuned.h5 --do digit=3 -n 10 -o t.h5
expect 2 'finetune.epochs is 1 in' "$cgm" train tuned.yaml -o tuned.h5 --resume --set finetune.epochs=2
expect 2 "finetune.predictors: no predictor is called 'thin'" "$cgm" train tuned.yaml -o no.h5 --set 'finetune.predictors=[thin]'

expect 2 'there is no predictor "colour"' "$cgm" counterfactual dir/run.h5 --do digit=3 --judge colour
expect 2 "predictors.digit.from: 'thickness' is a scalar" "$cgm" train run.yaml -o no.h5 --set predictors.digit.from=thickness
expect 2 "predictors.digit.given: 'digit' is what it predicts" "$cgm" train run.yaml -o no.h5 --set 'predictors.digit.given=[digit]'
expect 2 'did you mean "residual"' "$cgm" train run.yaml -o no.h5 --set predictors.thick.network=residul
expect 2 'did you mean "predictors"' "$cgm" run run.yaml -o no --set 'queries=[{predictor: {}}]'
expect 0 'wrote plain.h5' "$cgm" train run.yaml -o plain.h5 --set 'predictors={}'
expect 2 'the run has no predictors' "$cgm" predictors plain.h5
[ -e no.h5 ] && fail "a failed command left no.h5"
exit "$failed"
