#!/bin/sh
# How like the data samples are, as a user asks: a config's query, the subcommand, files, and what is refused.
. "${srcdir:-.}/tests/cli.sh"

cat >images.yaml <<END
data:  {make: strokes, n: 300, seed: 3, test: 60, pad: 2}
graph:
  digit: {type: categorical, levels: 10}
  image: {type: image, parents: [digit], mechanism: {kind: gan, latent: 4, widths: [8, 8, 4]}}
train: {epochs: 2, batch: 16}
predictors:
  digit: {from: image, width: 4, epochs: 2, batch: 32}
queries:
  - {realism: {variable: image, predictor: digit, n: 80, out: realism.h5, png: sheet.png}}
  - {realism: {predictor: digit, n: 40, do: {digit: 3}, parents: model, seed: 2, out: realism.csv}}
END
expect 0 'image: 80 samples, with the parents of test rows' "$cgm" run images.yaml -o dir
for word in FID KID 'as asked' entropy missing MS-SSIM black white 'predictor "digit"' 'under do(digit=3)' 'parents of the model' \
    '2 scales' 'wrote dir/realism.h5' 'wrote dir/sheet.png'; do
    grep -qF -- "$word" out || fail "cgm run says nothing of \"$word\": $(cat out)"
done
for file in realism.h5 realism.csv sheet.png; do
    [ -s "dir/$file" ] || fail "cgm run wrote no dir/$file"
done
[ "$(head -n 1 dir/realism.csv | tr -d '\r')" = "measure,level,samples,samples_error,data,data_error" ] || fail "realism.csv begins with $(head -n 1 dir/realism.csv)"
[ "$(grep -c '^shown,' dir/realism.csv)" = 10 ] || fail "realism.csv has not the ten levels' shares"
expect 0 '"fitted_rows"' "$cgm" realism dir/run.h5 -n 50 --json
cp out first
expect 0 '"test_images": 50' "$cgm" realism dir/run.h5 -n 50 --json --threads 1
cmp -s out first || fail "the same question has another answer on another number of threads"
expect 2 'none called "digits"; did you mean "digit"' "$cgm" realism dir/run.h5 --predictor digits
expect 2 'reads image, not digit' "$cgm" realism dir/run.h5 --variable digit
expect 2 '--parents: expected one of data|model' "$cgm" realism dir/run.h5 --parents truth
expect 2 '-o: expected a name that ends in .csv or .h5' "$cgm" realism dir/run.h5 -o r.txt
expect 2 'did you mean "digit"' "$cgm" run images.yaml -o no --set 'queries=[{realism: {predictor: digits}}]'
expect 2 'realism' "$cgm" run images.yaml -o no --set 'queries=[{realsm: {predictor: digit}}]'
[ -e no/run.h5 ] && fail "a query that cannot be answered was trained for"
expect 0 'wrote plain.h5' "$cgm" train images.yaml -o plain.h5 --set 'predictors={}' --set 'queries=[]'
expect 2 'the run has no predictor' "$cgm" realism plain.h5
exit "$failed"
