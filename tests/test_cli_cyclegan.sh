#!/bin/sh
# CycleGAN as a user meets it: trained, asked for counterfactuals whose truth is known, PNG files translated, and what is refused.
. "${srcdir:-.}/tests/cli.sh"

cat >c.yaml <<END
data: {make: stroke_pair, n: 60, seed: 3, test: 20, pad: 2}
graph:
  domain: {type: binary}
  thickness: {type: continuous, range: [0.5, 8], parents: [domain], mechanism: affine_flow}
  image:  {type: image, parents: [domain], mechanism: {kind: cyclegan, width: 2, blocks: 1, critic_width: 2, critic_layers: 2, buffer: 5}}
train: {epochs: 1, warmup: 2, checkpoint: 7}
queries:
  - {counterfactual: {do: {domain: thick}, n: 20, measure: [thickness], out: cf.h5, png: cf.png}}
END
expect 0 'unedited' "$cgm" run c.yaml -o dir
expect 0 'thickness distance' "$cgm" run c.yaml -o dir
for file in run.h5 cf.h5 cf.png; do
    [ -s "dir/$file" ] || fail "cgm run wrote no dir/$file"
done
expect 0 'cyclegan' "$cgm" info dir/run.h5
expect 0 'identical' "$cgm" rerun dir/run.h5
expect 0 'wrote back.h5' "$cgm" counterfactual dir/run.h5 --do domain=thin -n 20 -o back.h5
expect 2 'cannot sample' "$cgm" sample dir/run.h5 -n 4 -o no.h5

expect 0 'wrote pair.h5' "$cgm" data make stroke_pair -n 6 -o pair.h5
expect 0 '6 PNG files' "$cgm" data export pair.h5 -o pair
expect 0 'wrote made (2 images as domain thick)' "$cgm" translate dir/run.h5 --to thick pair/000001.png pair/000004.png -o made
for file in 000001.png 000004.png; do
    [ -s "made/$file" ] || fail "cgm translate wrote no made/$file"
    cmp -s "made/$file" "pair/$file" && fail "made/$file is not translated"
done
cp made/000001.png kept.png
expect 0 'wrote made (1 images as domain thick)' "$cgm" translate dir/run.h5 --to thick pair/000001.png -o made --threads 1
cmp -s made/000001.png kept.png || fail "the same file was translated to another"
expect 2 'expected --to LEVEL' "$cgm" translate dir/run.h5 pair/000001.png -o made
expect 2 'expected -o FOLDER' "$cgm" translate dir/run.h5 --to thin pair/000001.png
expect 2 'expected PNG files behind RUN' "$cgm" translate dir/run.h5 --to thin -o made
expect 2 'thikc' "$cgm" translate dir/run.h5 --to thikc pair/000001.png -o made
expect 2 'have one name' "$cgm" translate dir/run.h5 --to thin pair/000001.png made/000001.png -o other
expect 2 'dir/cf.png: in colours; expected 1 channels' "$cgm" translate dir/run.h5 --to thin dir/cf.png -o made
expect 2 'does not begin like a PNG' "$cgm" translate dir/run.h5 --to thin c.yaml -o made
# Nothing is written when a later image is bad, and what was there stays.
cp made/000001.png kept.png
expect 2 'in colours' "$cgm" translate dir/run.h5 --to thick pair/000004.png dir/cf.png -o fresh
expect 2 'in colours' "$cgm" translate dir/run.h5 --to thick pair/000002.png pair/000001.png dir/cf.png -o made
cmp -s made/000001.png kept.png || fail "a failed command replaced made/000001.png"
for left in fresh fresh.tmp.* made/000002.png made/.tmp.*; do
    [ -e "$left" ] && fail "a failed command left $left"
done
expect 0 'wrote fresh/ (2 images' "$cgm" translate dir/run.h5 --to thin pair/000004.png pair/000001.png -o fresh/
[ "$(ls -A fresh | wc -l)" = 2 ] || fail "fresh holds more than two images"
mkdir made/000003.png
expect 2 'made/000003.png: it is a directory' "$cgm" translate dir/run.h5 --to thin pair/000002.png pair/000003.png -o made
[ -e made/000002.png ] && fail "a failed command left made/000002.png"
touch file
expect 2 'there is a file of that name' "$cgm" translate dir/run.h5 --to thin pair/000001.png -o file
expect 2 'no/such.png' "$cgm" translate dir/run.h5 --to thin no/such.png -o made
expect 2 'cannot make the folder no/such' "$cgm" translate dir/run.h5 --to thin pair/000001.png -o no/such

expect 2 'a cyclegan has one parent, the domain' "$cgm" train c.yaml -o no.h5 --set graph.image.parents=[]
expect 2 'critic_layers: 4' "$cgm" train c.yaml -o no.h5 --set graph.image.mechanism.critic_layers=4
expect 2 'train.patience has nothing to judge by' "$cgm" train c.yaml -o no.h5 --set train.patience=3
[ -e no.h5 ] && fail "a failed command left no.h5"
exit "$failed"
