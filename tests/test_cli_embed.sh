#!/bin/sh
# Rows as points of a plane, as a user meets them: a config's query, the subcommand, files, and what is refused.
. "${srcdir:-.}/tests/cli.sh"

cat >run.yaml <<END
data:  {make: strokes, n: 160, seed: 3, test: 60, pad: 2}
graph:
  digit: {type: categorical, levels: 10}
  image: {type: image, parents: [digit], mechanism: {kind: cvae, width: 2, latent: 3, hidden: 4}}
train: {epochs: 1, batch: 50}
predictors:
  digit: {from: image, width: 2, epochs: 1, batch: 32}
queries:
  - {embed: {of: image, colour: digit, out: image.h5, png: image.png}}
  - {embed: {of: "features:digit", method: tsne, iterations: 30, colour: thickness, png: features.png}}
END
expect 0 'PCA of image' "$cgm" run run.yaml -o dir
for text in 'first axis' 't-SNE of features of the predictor digit' 'divergence' 'wrote dir/image.h5' 'wrote dir/features.png'; do
    grep -qF -- "$text" out || fail "cgm run says nothing of \"$text\": $(cat out)"
done
for file in image.h5 image.png features.png; do
    [ -s "dir/$file" ] || fail "cgm run wrote no dir/$file"
done
expect 0 '"perplexity"' "$cgm" embed dir/run.h5 --of z --method tsne --iterations 20 -n 30 --json
cp out first
expect 0 '"of": "image.z"' "$cgm" embed dir/run.h5 --of image.z --method tsne --iterations 20 -n 30 --json --threads 1
cmp -s out first || fail "the same points are others on another number of threads"
expect 2 'of: expected image, z or features:PREDICTOR' "$cgm" embed dir/run.h5
expect 2 'did you mean "image"?' "$cgm" embed dir/run.h5 --of imge
expect 2 'did you mean "digit"' "$cgm" embed dir/run.h5 --of features:digits
expect 2 'colour: the data have no variable "digt"; did you mean "digit"' "$cgm" embed dir/run.h5 --of z --colour digt
expect 2 '--method: expected one of pca|tsne' "$cgm" embed dir/run.h5 --of z --method umap
expect 2 'perplexity: pca has none' "$cgm" embed dir/run.h5 --of z --perplexity 5
expect 2 'perplexity: 59; expected a number from 1 to below 59' "$cgm" embed dir/run.h5 --of z --method tsne --perplexity 59
expect 2 'expected a name that ends in .h5' "$cgm" embed dir/run.h5 --of z -o a.csv
expect 2 'did you mean "image"?' "$cgm" run run.yaml -o no --set 'queries=[{embed: {of: imag}}]'
[ -e no ] && fail "a query that cannot be answered was trained for"
exit "$failed"
