#!/bin/sh
# The thickness-intensity data set from a directory of images: made, read back, used for counterfactuals; and what is wrong with
# its source named in one line.
. "${srcdir:-.}/tests/cli.sh"

# images N HEAD FILE: images of 16x16 with an upright bar, in IDX.
images() {
    zero='\000\000\000\000\000\000' ink='\200\200\200\200' blank='' bar=''
    row="$zero$ink$zero"
    blank="$zero$zero\\000\\000\\000\\000"
    for i in 1 2 3 4 5 6 7 8 9 10 11 12; do bar="$bar$row"; done
    bar="$blank$blank$bar$blank$blank"
    { printf "\\000\\000\\010\\003\\000\\000\\000\\0$2\\000\\000\\000\\020\\000\\000\\000\\020"
        for i in $(seq "$1"); do printf "$bar"; done; } >"$3"
}
labels() {
    { printf "\\000\\000\\010\\001\\000\\000\\000\\0$2"
        for i in $(seq "$1"); do printf "\\00$((i % 3))"; done; } >"$3"
}
mkdir source bare
images 24 30 source/train-images-idx3-ubyte
labels 24 30 source/train-labels-idx1-ubyte
images 8 10 source/t10k-images-idx3-ubyte
labels 8 10 source/t10k-labels-idx1-ubyte
cp source/train-images-idx3-ubyte bare/

expect 0 'wrote m.h5 (32 rows)' "$cgm" data make morphomnist --from source --seed 2 -o m.h5
expect 0 'true counterfactuals are known' "$cgm" data info m.h5
expect 0 '8 test rows' "$cgm" data info m.h5
expect 0 'image        image 1 x 16 x 16' "$cgm" data info m.h5
expect 0 'wrote few.h5 (18 rows)' "$cgm" data make morphomnist --from source -n 10 -o few.h5
expect 0 'wrote t.h5 (32 rows)' "$cgm" data make morphomnist --from source --seed 2 --truth thickness=4 -o t.h5
expect 0 'thickness    bounded in (0.5, 8), 4 to 4' "$cgm" data info t.h5
expect 2 'do(digit): the images were given with it' "$cgm" data make morphomnist --from source --truth digit=1 -o bad.h5
expect 2 'made from given images' "$cgm" data make morphomnist -o bad.h5
expect 2 'strokes: made from nothing' "$cgm" data make strokes --from source -o bad.h5
expect 2 'bare: images without labels' "$cgm" data make morphomnist --from bare -o bad.h5
expect 2 'no data at nowhere' "$cgm" data make morphomnist --from nowhere -o bad.h5
[ -e bad.h5 ] && fail 'a bad source left a file'

cat >c.yaml <<END
data: {make: morphomnist, from: source, seed: 2}
graph:
  digit:     {type: categorical}
  thickness: {type: continuous, range: [0.5, 8]}
  intensity: {type: continuous, range: [64, 255], parents: [thickness]}
  image:     {type: image, parents: [digit, thickness, intensity], mechanism: {kind: cvae, width: 2, latent: 2, hidden: 4}}
train: {epochs: 1, batch: 8}
END
expect 0 'wrote run.h5' "$cgm" train c.yaml -o run.h5
mkdir elsewhere
(cd elsewhere && expect 0 'do(thickness = 3) error' "$cgm" counterfactual ../run.h5 --do thickness=3 --measure thickness -o cf.h5; exit $failed) ||
    failed=1
"$cgm" counterfactual run.h5 --do digit=2 -n 4 -o cf.h5 >out 2>&1 || fail "no counterfactual under another digit: $(cat out)"
grep -q 'do(digit = 2) error' out && fail "a truth of another digit: $(cat out)"
expect 2 'data.n: only for "make"' "$cgm" train c.yaml -o bad.h5 --set data.n=5
sed 's/from: source, //' c.yaml >none.yaml
expect 2 'given images; expected their directory' "$cgm" train none.yaml -o bad.h5
exit "$failed"
