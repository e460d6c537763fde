#!/bin/sh
# A folder of PNG files from the command: exported, trained on, queried, and what is wrong with it named in one line.
. "${srcdir:-.}/tests/cli.sh"

expect 0 'wrote s.h5' "$cgm" data make strokes -n 60 --test 20 -o s.h5
expect 2 'expected -o FOLDER' "$cgm" data export s.h5
expect 0 'attributes.csv and 60 PNG files' "$cgm" data export s.h5 -o digits
expect 2 'is there already' "$cgm" data export s.h5 -o digits
expect 2 'cannot make the folder' "$cgm" data export s.h5 -o no/such/digits
printf 'x\n1\n' >t.csv
expect 2 '0 image variables; expected one' "$cgm" data export t.csv -o other
[ -e other ] && fail "a failed export left its folder"

echo 'x: 1' >d.yaml
cat >c.yaml <<END
data: {path: digits, images: file, split: split, pad: 2}
graph:
  digit:     {type: categorical, levels: 10}
  thickness: {type: continuous, range: [0.5, 8]}
  image:     {type: image, parents: [thickness, digit], mechanism: {kind: cvae, latent: 4, width: 8, hidden: 16}}
train: {epochs: 1, batch: 10, warmup: 2}
END
expect 0 'image 1 x 32 x 32' "$cgm" data info c.yaml
expect 2 'expected a config with the key data' "$cgm" data info d.yaml
expect 2 'a folder of PNG files needs data.images' "$cgm" data info digits
expect 0 'wrote run.h5' "$cgm" train c.yaml -o run.h5
expect 0 'wrote cf.h5' "$cgm" counterfactual run.h5 --do thickness=4 -n 20 --split test -o cf.h5
expect 0 'identical' "$cgm" rerun run.h5
mkdir elsewhere
(cd elsewhere && expect 0 'wrote cf.h5' "$cgm" counterfactual ../run.h5 --do thickness=4 -n 5 -o cf.h5; exit $failed) || failed=1
expect 2 'no column "name"' "$cgm" train c.yaml -o bad.h5 --set data.images=name
expect 2 'digits/attributes.csv:2: ' "$cgm" train c.yaml -o bad.h5 --set data.max_pixels=100
sed 's/images: file, split: split/alpha: drop/; s/digits/s.h5/' c.yaml >d.yaml
expect 2 'd.yaml:1: data.alpha: only where data.images' "$cgm" train d.yaml -o bad.h5
cp digits/000007.png kept.png
head -c 100 kept.png >digits/000007.png
expect 2 'digits/attributes.csv:9: ' "$cgm" train c.yaml -o bad.h5
expect 2 'digits/000007.png: the file is cut off' "$cgm" train c.yaml -o bad.h5
cp digits/000008.png digits/000007.png
expect 2 'SHA-256' "$cgm" counterfactual run.h5 --do thickness=4 -n 5 -o bad.h5
rm digits/000007.png
mkfifo digits/000007.png
expect 2 'digits/000007.png: not a file' "$cgm" train c.yaml -o bad.h5
rm digits/000007.png
expect 2 'digits/000007.png: No such file' "$cgm" train c.yaml -o bad.h5
[ -e bad.h5 ] && fail "a failed command left a file"
exit "$failed"
