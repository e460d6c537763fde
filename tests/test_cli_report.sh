#!/bin/sh
# The page of a run as a user asks for it: its structure, its verdict, a browser where there is one; the curves of a training; what is refused.
here=$(cd "$(dirname "$0")" && pwd) # before cli.sh goes elsewhere
. "${srcdir:-.}/tests/cli.sh"

# check_page PAGE TEXT...
check_page() {
    command -v python3 >/dev/null || { echo "python3 is not here: the structure of $1 is not checked"; return; }
    python3 "$here/report_page.py" "$@" || fail "the page $1"
}

cat >run.yaml <<END
data:  {make: strokes, n: 92, seed: 3, test: 12, pad: 2}
graph:
  digit: {type: categorical, levels: 10}
  thickness: {type: continuous, range: [0.5, 8]}
  intensity: {type: continuous, range: [64, 255], parents: [thickness]}
  image: {type: image, parents: [digit, intensity], mechanism: {kind: cvae, latent: 2, width: 4, hidden: 8}}
train: {epochs: 3, batch: 20}
predictors:
  digit: {from: image, width: 2, epochs: 1, batch: 32}
  bright: {from: image, of: intensity, given: [digit], width: 2, epochs: 1, batch: 32}
queries:
  - {counterfactual: {do: {digit: 3}, n: 4, png: cf.png}}
  - {evaluate: {cycles: 1, seeds: 1, pixel-noise: 0.1, temperature: 0.1, bootstrap: 0, out: sound.h5}}
  - {report: {images: 3, steps: 4, out: page.html}}
END
expect 0 'wrote dir/page.html (report: ' "$cgm" run run.yaml -o dir
check_page dir/page.html 'Whether to trust it. Not where a check fails' 'composition, L1 after one null intervention' 'do(digit): digit accuracy by predictor digit' \
    'What if thickness were set?' 'intensity, which follows' 'true counterfactual' 'cf.png, drawn by' 'Test split: 12 rows' 'No published figures are known' \
    'image is caused by digit, intensity' 'nothing, as the judge does not read real images well enough' 'planned memory, MB' 'cgm rerun dir/run.h5' 'judge digit: accuracy'
grep -q 'aria-label="nll of image over' dir/page.html || fail "the page has no curve of the image's bound"

# A page goes by what was asked last, also of a run that nothing more is trained in.
mkdir later && cp dir/run.h5 later/run.h5
sed '/^queries:/,$d' run.yaml >later.yaml
cat >>later.yaml <<END
queries:
  - {evaluate: {n: 5, cycles: 1, seeds: 1, pixel-noise: 0.1, treatment: [thickness], bootstrap: 0, out: other.csv}}
  - {report: {images: 3, steps: 4, out: page.html}}
END
expect 0 'wrote later/page.html (report: ' "$cgm" run later.yaml -o later
check_page later/page.html 'Whether to trust it. Not where a check fails' 'other.csv'
expect 0 'identical' "$cgm" rerun later/run.h5

# Answers from files say the same whichever way they are written, and the same question makes the same page.
expect 0 'wrote sound.csv' "$cgm" evaluate dir/run.h5 --cycles 1 --seeds 1 --pixel-noise 0.1 --temperature 0.1 --bootstrap 0 -o sound.csv
expect 0 '"command": "realism"' "$cgm" realism dir/run.h5 -n 12 --predictor digit --json
cp out real.json
mkdir bare && cp dir/run.h5 bare/run.h5
expect 0 'wrote with.html' "$cgm" report bare/run.h5 --images 3 --steps 4 --with sound.csv --with real.json -o with.html
check_page with.html 'How like the data samples are' 'From sound.csv'
for page in dir/page.html with.html; do
    sed -n '/The checks/,/<\/table>/p' "$page" >"checks.$(basename "$page")"
done
cmp -s checks.page.html checks.with.html || fail "a CSV file and an HDF5 file make other verdicts"
expect 0 'wrote again.html' "$cgm" report bare/run.h5 --images 3 --steps 4 --with sound.csv --with real.json -o again.html --threads 1
cmp -s with.html again.html || fail "the same question has another page"

# Not evaluated: nothing is claimed. Rows that are asked for, and where the page goes if nobody says.
expect 0 'wrote bare/run.html' "$cgm" report bare/run.h5 --index 2,5 --steps 2
check_page bare/run.html 'Not known: nobody has evaluated' 'row 82' 'row 85'

# Without a page's parts: no data, no training, no image.
cat >half.yaml <<END
data: {path: points.csv, test: 10}
graph: {x: {type: continuous}, y: {type: continuous, parents: [x], mechanism: additive_noise}}
train: {epochs: 4, checkpoint: 1}
END
awk 'BEGIN { print "x,y"; for (i = 0; i < 60; i++) printf "%g,%g\n", i % 7, (i * 5) % 11 + i % 7 }' >points.csv
expect 0 'wrote half.h5' "$cgm" train half.yaml -o half.h5
expect 0 'wrote half.html' "$cgm" report half.h5
check_page half.html 'No image of the model has a cause' 'The config asks no query'
# A verdict goes by the figures: at the target and beyond it; and what is older than the run is marked.
judged() { # VALUE TEXT...
    printf 'metric,do,attribute,by,noise,after,n,value\ncomposition L1,,,,0.1,1,9,%s\ncomposition L1,,,,0.1,2,9,99\n' "$1" >figure.csv
    shift
    expect 0 'wrote half.html' "$cgm" report half.h5 --with figure.csv
    check_page half.html "$@"
}
judged 0.7 'Yes, as far as the checks reach: all 1 of them hold'
judged 0.701 'Not where a check fails: 1 of 1 do not hold'
# What the question expects of a figure goes before the rule, and of what there is no rule for it is all there is.
cat >figure.csv <<END
metric,do,attribute,by,noise,after,n,value,real,wanted,target,tolerance
composition L1,,,,0.1,1,9,0.9,,at most,0.5,0.45
composition SSIM,,,,0,3,9,0.9,,at least,0.95,
composition PSNR,,,,0,3,9,30,,,,
END
expect 0 '(report: 1 check holds, 1 does not)' "$cgm" report half.h5 --with figure.csv
check_page half.html 'at most 0.95, as asked' 'composition SSIM, noise 0, after 3' 'at least 0.95, as asked' 'Not where a check fails: 1 of 2 do not hold'
grep -q 'It is older than the run file' half.html && fail "a new answer is called old"
touch -d '2001-01-01' figure.csv
expect 0 'wrote half.html' "$cgm" report half.h5 --with figure.csv
check_page half.html 'It is older than the run file'
mv points.csv away.csv
expect 0 'wrote half.html' "$cgm" report half.h5
check_page half.html 'The data were not read'
expect 2 'no data at no.csv' "$cgm" report half.h5 --data no.csv -o no.html

# A run that was stopped in its first steps.
sed 's/epochs: 3/epochs: 100000, checkpoint: 1/' run.yaml >long.yaml
"$cgm" train long.yaml -o stopped.h5 -q 2>/dev/null &
child=$!
for _ in $(seq 600); do
    [ -s stopped.h5 ] && "$cgm" watch stopped.h5 --once 2>/dev/null | grep -q '^image (variable): ' && break
    sleep 0.1
done
kill -INT $child
wait $child
expect 0 'wrote stopped.html' "$cgm" report stopped.h5
check_page stopped.html 'Not yet: the training is not finished' 'under way'

# The curves: a line elsewhere than on a terminal, braille there.
expect 0 'image (variable): ' "$cgm" watch stopped.h5 --once
[ "$(wc -l <out)" = 1 ] || fail "cgm watch --once does not print one line: $(cat out)"
expect 0 'dir/run.h5 is finished' "$cgm" watch dir/run.h5
if command -v python3 >/dev/null; then
    LC_ALL=C.UTF-8 python3 -c 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]))' "$cgm" watch stopped.h5 --once >drawn
    grep -q 'elbo ' drawn && LC_ALL=C grep -q "$(printf '\342[\240-\243]')" drawn || fail "cgm watch draws no curve: $(cat drawn)"
    LC_ALL=C python3 -c 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]))' "$cgm" watch stopped.h5 --once >plain
    LC_ALL=C grep -q "[^ -~[:space:]]" plain && fail "cgm watch draws braille where there is none"
fi

# What is refused leaves nothing.
expect 2 'no.h5' "$cgm" report no.h5 -o no.html
expect 2 'no.h5' "$cgm" watch no.h5
expect 2 'expected a name that ends in .html' "$cgm" report dir/run.h5 -o no.txt
expect 2 'the directory no/such' "$cgm" report dir/run.h5 -o no/such/no.html
expect 2 'missing.h5: No such file' "$cgm" report dir/run.h5 --with missing.h5 -o no.html
expect 2 'expected an answer of a subcommand' "$cgm" report dir/run.h5 --with dir/run.h5 -o no.html
printf '{"answer": []}' >no.json
expect 2 'there is no "command"' "$cgm" report dir/run.h5 --with no.json -o no.html
printf 'a,b\n1\n' >no.csv
expect 2 'no.csv:2: not as many cells' "$cgm" report dir/run.h5 --with no.csv -o no.html
expect 2 '--steps: expected a whole number from 2' "$cgm" report dir/run.h5 --steps 1 -o no.html
expect 2 'expected a name that ends in .html' "$cgm" run run.yaml -o never --set 'queries=[{report: {out: page.txt}}]'
[ -e never/run.h5 ] && fail "a query that cannot be answered was trained for"
[ -z "$(find . -name 'no.html*' -o -name '*.tmp.*')" ] || fail "what was refused left $(find . -name 'no.html*' -o -name '*.tmp.*')"

"$here/report_browser.sh" "$PWD/dir/page.html" || {
    [ $? = 77 ] && echo "chromium is not here: no browser has seen the page" || fail "the page in a browser"
}
exit "$failed"
