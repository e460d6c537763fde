#!/bin/sh
# What predictors go by, as a user asks: a config's query, the subcommand with each method, files, and what is refused.
. "${srcdir:-.}/tests/cli.sh"

cat >run.yaml <<END
data:  {make: strokes, n: 120, seed: 3, test: 40, pad: 2}
graph:
  digit: {type: categorical, levels: 10}
  thickness: {type: continuous, range: [0.5, 8]}
  image: {type: image, parents: [digit, thickness], mechanism: {kind: autoencoder, network: dense, latent: 2, widths: [8]}}
train: {epochs: 1, batch: 50}
predictors:
  digit: {from: image, width: 2, epochs: 2, batch: 32}
  thick: {from: image, of: thickness, given: [digit], network: residual, width: 2, epochs: 1, batch: 32}
queries:
  - {explain: {predictor: digit, method: saliency, index: [0, 5], randomise: true, out: saliency.h5, png: saliency.png}}
  - {explain: {predictor: thick, method: shap, patch: 8, samples: 2, n: 2, out: shap.h5, png: shap.png}}
END
expect 0 'what digit goes by: saliency, 2 images, score: logit' "$cgm" run run.yaml -o dir
for text in 'none, as trained' head join conv6 conv1 'what thick goes by: shap, 2 images, score: mean' 'figure: sum of the map' \
    'wrote dir/saliency.h5' 'wrote dir/shap.png'; do
    grep -qF "$text" out || fail "cgm run does not say \"$text\": $(cat out)"
done
for file in saliency.h5 saliency.png shap.h5 shap.png; do
    [ -s "dir/$file" ] || fail "cgm run wrote no dir/$file"
done

# Every method, and each of its options; the same on another number of threads.
for method in guided_backpropagation deconvnet 'grad_cam --layer conv2' guided_grad_cam 'occlusion --patch 8 --baseline 20' \
    'lime --samples 60 --parts grid' 'shap --samples 1 --parts slic' 'inversion --layer conv3 --iterations 3 --smoothness 1' \
    'activation_maximisation --iterations 2'; do
    expect 0 'wrote map.h5' "$cgm" explain dir/run.h5 --predictor digit --method $method -o map.h5 --png map.png
done
grep -q '^9 ' out || fail "activation_maximisation has not all levels: $(cat out)"
expect 0 '"score": "logit"' "$cgm" explain dir/run.h5 --predictor digit --method lime --class 3 --samples 60 --index 7 --json --threads 1
cp out first
expect 0 '"level": "3"' "$cgm" explain dir/run.h5 --predictor digit --method lime --class 3 --samples 60 --index 7 --json --threads 2
cmp -s out first || fail "the same question has another answer on another number of threads"
expect 0 'explained' "$cgm" explain dir/run.h5 --predictor thick --method activation_maximisation --iterations 2 --index 3

# Without any drawn anew the maps are the same; in the end they have little in common. SHAP's add up.
expect 0 '"rank_correlation"' "$cgm" explain dir/run.h5 --predictor digit --method saliency -n 20 --randomise --json
cat >check.py <<END
import json, sys
rows = json.load(open("out"))["answer"]
assert len(rows) == 9 and abs(rows[0]["rank_correlation"] - 1) < 1e-12 and rows[0]["maps"] == 20, rows[0]
assert abs(rows[-1]["rank_correlation"]) < 0.3 and rows[-1]["layer"] == "conv1", rows[-1]
try:
    import h5py
except ImportError:
    sys.exit()
f = h5py.File("dir/shap.h5")
assert f["map"].shape == (2, 1, f["image"].shape[2], f["image"].shape[3]) and f["map"].dims[2].keys() == ["y"]
sums = f["map"][:].sum((1, 2, 3))
assert abs(sums - f["figure"][:]).max() < 1e-9 * abs(f["figure"][:]).max() + 1e-12, (sums, f["figure"][:])
assert f.attrs["method"] == "shap" and f["part"].shape == f["map"][:, 0].shape
s = h5py.File("dir/saliency.h5")
assert list(s["index"][:]) == [80, 85] and s["randomised/8/map"].attrs["layer"] == "conv1"
assert (s["randomised/0/map"][:] == s["map"][:]).all() and not (s["randomised/1/map"][:] == s["map"][:]).all()
END
command -v python3 >/dev/null && { python3 check.py 2>err || fail "the answers: $(cat err)"; }

expect 2 'there is no "salience"; did you mean "saliency"?' "$cgm" explain dir/run.h5 --predictor digit --method salience
expect 2 'there is no "xyz"; expected saliency' "$cgm" explain dir/run.h5 --predictor digit --method xyz
expect 2 'method: expected one' "$cgm" explain dir/run.h5 --predictor digit
expect 2 'none called "digits"; did you mean "digit"' "$cgm" explain dir/run.h5 --predictor digits --method saliency
expect 2 'the run has 2 of them' "$cgm" explain dir/run.h5 --method saliency
expect 2 'row 40: the data have 40 test rows' "$cgm" explain dir/run.h5 --predictor digit --method saliency --index 40 -o no.h5
expect 2 'class: ' "$cgm" explain dir/run.h5 --predictor digit --method saliency --class 11
expect 2 'thickness is bounded and has no levels' "$cgm" explain dir/run.h5 --predictor thick --method saliency --class 1
expect 2 'did you mean "conv6"' "$cgm" explain dir/run.h5 --predictor digit --method grad_cam --layer cnv6
expect 2 '"join" has no planes' "$cgm" explain dir/run.h5 --predictor digit --method grad_cam --layer join
expect 2 'samples: saliency has no use for it' "$cgm" explain dir/run.h5 --predictor digit --method saliency --samples 3
expect 2 'randomise: inversion has no use for it' "$cgm" explain dir/run.h5 --predictor digit --method inversion --randomise
expect 2 'n: activation_maximisation has no use for it' "$cgm" explain dir/run.h5 --predictor digit --method activation_maximisation -n 3
expect 2 'patch: 40 pixels, but image has' "$cgm" explain dir/run.h5 --predictor digit --method occlusion --patch 40
expect 2 'baseline: 300; expected a grey level' "$cgm" explain dir/run.h5 --predictor digit --method occlusion --baseline 300
expect 2 'expected a name that ends in .h5' "$cgm" explain dir/run.h5 --predictor digit --method saliency -o no.csv
expect 2 'did you mean "shap"' "$cgm" run run.yaml -o no --set 'queries=[{explain: {predictor: digit, method: shape}}]'
expect 2 'did you mean "explain"' "$cgm" run run.yaml -o no --set 'queries=[{explan: {predictor: digit}}]'
[ -e no.h5 ] && fail "a failed command left no.h5"
exit "$failed"
