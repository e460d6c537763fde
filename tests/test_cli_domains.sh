#!/bin/sh
# Two folders of PNG files without a table: looked at, exported, trained on, and what is wrong with them named in one line.
. "${srcdir:-.}/tests/cli.sh"

expect 0 'wrote all.h5' "$cgm" data make stroke_pair -n 40 -o all.h5
expect 0 '40 PNG files' "$cgm" data export all.h5 -o all
mkdir thin thick thick/test
while IFS=, read -r file _ domain _; do
    [ -e "all/$file" ] && cp "all/$file" "$domain/$file"
done <all/attributes.csv
last=$(find thick -name '*.png' | sort | tail -n 1)
mv "$last" thick/test/
cat >c.yaml <<END
data: {folders: {thin: thin, thick: thick}, pad: 2}
graph:
  domain: {type: binary}
  image:  {type: image, parents: [domain], mechanism: {kind: cyclegan, width: 2, blocks: 1, critic_width: 2, critic_layers: 2, buffer: 5}}
train: {epochs: 1, warmup: 2}
END
expect 0 'thin: thin, thick: thick' "$cgm" data info c.yaml --png sheet.png
expect 0 '1 test rows' "$cgm" data info c.yaml
expect 0 'image        image 1 x 32 x 32' "$cgm" data info c.yaml
expect 0 'wrote run.h5' "$cgm" train c.yaml -o run.h5
expect 0 'identical' "$cgm" rerun run.h5
mkdir elsewhere
(cd elsewhere && expect 0 'wrote cf.h5' "$cgm" counterfactual ../run.h5 --do domain=thick -n 5 --split train -o cf.h5; exit $failed) || failed=1
expect 0 'wrote made (1 images as domain thick)' "$cgm" translate run.h5 --to thick "thin/$(ls thin | head -n 1)" -o made

expect 0 'wrote kept.h5 (40 rows)' "$cgm" data export c.yaml -o kept.h5
expect 0 'thin' "$cgm" data info kept.h5
sed 's/folders: {thin: thin, thick: thick}/path: kept.h5/' c.yaml >h.yaml
expect 0 'wrote same.h5' "$cgm" train h.yaml -o same.h5
expect 2 'the run'"'"'s data are folders' "$cgm" counterfactual run.h5 --do domain=thick -n 1 -o bad.h5 --data kept.h5
cp run.h5 before.h5
mkdir none
expect 2 'none: an empty folder; expected PNG files of thick' "$cgm" train c.yaml -o bad.h5 --set data.folders.thick=none
expect 2 'expected either' "$cgm" train c.yaml -o bad.h5 --set data.make=strokes
cp sheet.png thin/zzz.png
expect 2 'data.resize: [H, W] makes them alike' "$cgm" train c.yaml -o bad.h5 --set data.channels=1
expect 2 'thin/zzz.png: in colours, but not ' "$cgm" train c.yaml -o bad.h5
echo text >thin/zzz.png
expect 2 'thin/zzz.png: does not begin like a PNG' "$cgm" train c.yaml -o bad.h5
cp "thin/$(ls thin | head -n 1)" thin/zzz.png
expect 2 'SHA-256' "$cgm" counterfactual run.h5 --do domain=thick -n 1 -o bad.h5
expect 2 '' "$cgm" train c.yaml -o run.h5 --force --set data.folders.thick=none
cmp -s run.h5 before.h5 || fail "a failed training changed the run file"
[ -e bad.h5 ] && fail "a failed command left a file"
exit "$failed"
