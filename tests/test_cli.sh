#!/bin/sh
# The command as a user meets it: exit statuses, one line on stderr, nothing half-written, resuming after kill -9.
. "${srcdir:-.}/tests/cli.sh"

cat >c.yaml <<END
data:  {make: strokes, n: 160, seed: 3, test: 60, pad: 2}
graph:
  digit:     {type: categorical, levels: 10}
  thickness: {type: continuous, range: [0.5, 8]}
  intensity: {type: continuous, range: [64, 255], parents: [thickness]}
  image:     {type: image, parents: [thickness, intensity, digit], mechanism: {kind: cvae, latent: 4, width: 8, hidden: 16}}
train: {epochs: 3, batch: 32, warmup: 2, checkpoint: 2}
queries:
  - {counterfactual: {do: [{thickness: 3.5}, {digit: 7}], n: 20, out: cf.h5, png: cf.png}}
  - {sample: {n: 9, png: s.png}}
END

# Help, version, words.
expect 0 SUBCOMMAND "$cgm" --help
expect 0 'cgm 0.' "$cgm" --version
for tool in run train counterfactual sample effect logprob mediate query identify graph check info rerun 'data make' 'data info' 'data export'; do
    # shellcheck disable=SC2086
    expect 0 'Usage: cgm '"$tool" "$cgm" $tool --help
    # shellcheck disable=SC2086
    expect 0 'cgm 0.' "$cgm" $tool --version
    # shellcheck disable=SC2086
    expect 0 --threads "$cgm" --completion $tool
done
expect 0 counterfactual "$cgm" --completion
expect 0 make "$cgm" --completion data

# The user's mistakes.
expect 2 'expected a subcommand' "$cgm"
expect 2 'did you mean "train"' "$cgm" trian
expect 2 'did you mean "data make"' "$cgm" data mke strokes
expect 2 'expected CONFIG' "$cgm" train
expect 2 'one argument too many' "$cgm" train c.yaml d.yaml -o run.h5
expect 2 'expected -o' "$cgm" train c.yaml
expect 2 'did you mean --resume' "$cgm" train c.yaml -o run.h5 --resum2
expect 2 '--set: expected a value' "$cgm" train c.yaml -o run.h5 --set
expect 2 'takes no value' "$cgm" train c.yaml -o run.h5 --resume=yes
expect 2 'whole number' "$cgm" train c.yaml -o run.h5 --threads=no
expect 2 'missing.yaml' "$cgm" train missing.yaml -o run.h5
expect 2 'epochs' "$cgm" train c.yaml -o run.h5 --set train.epoch=5
expect 2 'train.epochs' "$cgm" train c.yaml -o run.h5 --set train.epochs=many
expect 2 '--set' "$cgm" train c.yaml -o run.h5 --set epochs
expect 2 'no/such/dir' "$cgm" train c.yaml -o no/such/dir/run.h5
expect 2 'is not a file' "$cgm" train c.yaml -o "$dir"
expect 2 'directory' "$cgm" train "$dir" -o run.h5
expect 2 'missing.h5' "$cgm" info missing.h5
expect 2 'c.yaml' "$cgm" info c.yaml
expect 2 '--do' "$cgm" counterfactual missing.h5
[ -e run.h5 ] && fail "a failed command left run.h5"

# Training; another process killed on its way, and resumed.
expect 0 'wrote run.h5' "$cgm" train c.yaml -o run.h5
grep -q '^intensity *affine_flow *4  nll ' out || fail "no summary of what was trained"
expect 2 '--resume goes on' "$cgm" train c.yaml -o run.h5
expect 0 'wrote run.h5' "$cgm" train c.yaml -o run.h5 --resume
expect 2 'train.epochs is 3' "$cgm" train c.yaml -o run.h5 --resume --set train.epochs=4
"$cgm" train c.yaml -o killed.h5 --quiet --set train.epochs=2000 &
pid=$!
tries=0
until [ -e killed.h5 ] || [ $tries -ge 200 ]; do
    sleep 0.05
    tries=$((tries + 1))
done
sleep 0.3
kill -9 $pid
wait $pid 2>/dev/null
[ -e killed.h5 ] || fail "no checkpoint before kill -9"
expect 0 'not finished' "$cgm" info killed.h5
expect 2 'not trained' "$cgm" counterfactual killed.h5 --do thickness=3
expect 2 'not finished' "$cgm" rerun killed.h5
# SIGTERM stops cleanly after a checkpoint. The file is another one once training goes on.
before=$(stat -c %i killed.h5)
"$cgm" train c.yaml -o killed.h5 --quiet --set train.epochs=2000 --resume 2>err &
pid=$!
tries=0
while [ "$(stat -c %i killed.h5)" = "$before" ] && [ $tries -lt 600 ]; do
    sleep 0.05
    tries=$((tries + 1))
done
kill -TERM $pid
wait $pid
[ $? = 1 ] || fail "SIGTERM: expected exit status 1"
grep -q 'killed.h5 holds what was done' err || fail "SIGTERM: $(cat err)"
# What a killed process was just writing stays beside its place.
rm -f killed.h5.tmp.*
ls | grep -v -x -e c.yaml -e run.h5 -e killed.h5 -e out -e err && fail "files left behind"

# Looking, asking, doing it again.
expect 0 'seed 1' "$cgm" info run.h5
expect 0 'identical: ' "$cgm" rerun run.h5 --threads 1
expect 0 'wrote cf.png' "$cgm" counterfactual run.h5 --do thickness=3.5 --do 'digit=7' -n 8 -o cf.h5 --png cf.png
expect 0 'do(thickness->image = 2)' "$cgm" counterfactual run.h5 --do 'thickness->image=2' --index 3,1 --split train --measure intensity
expect 2 'thickness' "$cgm" counterfactual run.h5 --do thicknes=3.5
expect 2 'thickness' "$cgm" counterfactual run.h5 --do thickness=thick
expect 2 'digit' "$cgm" counterfactual run.h5 --do digit=10
expect 2 '60 test rows' "$cgm" counterfactual run.h5 --do digit=1 -n 61
expect 0 'wrote s.h5' "$cgm" sample run.h5 -n 4 --do digit=3 -o s.h5 --png s.png
# Without noise of latents and pixels an image is a function of its parents.
for t in 0 1; do
    for seed in 1 2; do
        expect 0 "wrote t$t-$seed.png" "$cgm" sample run.h5 -n 2 --do digit=3 --do thickness=2 --do intensity=150 --seed $seed \
            --temperature $t --pixel-temperature 0 --png t$t-$seed.png
    done
done
cmp -s t0-1.png t0-2.png || fail 'samples at temperature 0 differ'
cmp -s t1-1.png t1-2.png && fail 'samples at temperature 1 do not differ'
expect 2 "did you mean 'gaussian'" "$cgm" train c.yaml -o no.h5 --set graph.image.mechanism.likelihood=gausian
expect 2 'likelihood.components: unknown key' "$cgm" train c.yaml -o no.h5 --set graph.image.mechanism.likelihood.components=3
expect 2 'expected -o' "$cgm" sample run.h5
# Particles and latents.
expect 0 'error of the mean' "$cgm" counterfactual run.h5 --do digit=1 -n 3 --particles 4 --latents -o p.h5 --png p.png
for word in counterfactual_mean counterfactual_sd image.z 'particles 4'; do
    grep -aqF -e "$word" p.h5 || fail "p.h5: no $word"
done
expect 0 'wrote p.h5' "$cgm" counterfactual run.h5 --do digit=1 -n 3 -o p.h5
grep -aqF -e image.z -e counterfactual_sd p.h5 && fail "p.h5 holds what nobody asked for"
expect 0 'wrote l.h5' "$cgm" sample run.h5 -n 3 --latents -o l.h5
grep -aqF image.z l.h5 || fail "l.h5: no image.z"
expect 2 'expected no --png, -n, --index, --measure, --judge or --latents' "$cgm" counterfactual run.h5 --evidence digit=1 --latents
# A long answer that ends early leaves what was there: a signal ends it in good order, kill -9 does not.
echo old >huge.h5
for signal in TERM KILL; do
    "$cgm" sample run.h5 -q -n 1000000000 -o huge.h5 2>err &
    pid=$!
    tries=0
    until [ -e "huge.h5.tmp.$pid" ] || [ $tries -ge 300 ]; do
        sleep 0.2
        tries=$((tries + 1))
    done
    [ -e "huge.h5.tmp.$pid" ] || fail "sample began no file in a minute: $(cat err)"
    kill -s $signal $pid
    wait $pid 2>/dev/null
    [ "$(cat huge.h5)" = old ] || fail "SIG$signal: the old file is gone"
    [ $signal = KILL ] || grep -q '^cgm: stopped within .* of 1000000000 rows: nothing is written$' err ||
        fail "SIG$signal: $(cat err)"
    [ $signal = KILL ] || [ ! -e "huge.h5.tmp.$pid" ] || fail "SIG$signal left a file"
    rm -f huge.h5.tmp.*
done
# A full disk: one line, and no file.
(ulimit -f 100 && trap '' XFSZ && expect 1 'full.h5' "$cgm" sample run.h5 -n 1000 -o full.h5; exit $failed) || failed=1
ls full.h5* 2>/dev/null && fail "a full disk left a file"
head -c 3000 run.h5 >half.h5
expect 2 'half.h5' "$cgm" info half.h5
expect 2 'half.h5' "$cgm" rerun half.h5

# Identification.
cat >g.yaml <<END
graph:
  y: {parents: [z]}
  x: {}
  z: {parents: [x]}
  w: {parents: [y], type: image}
hidden: [[x, y]]
END
expect 0 'P(y | do(x)) = sum_z P(z | x) sum_x'"'"' P(y | x'"'"', z) P(x'"'"')' "$cgm" identify g.yaml --treatment x --outcome y
expect 0 '"latex": "\\sum_{z} P(z' "$cgm" identify g.yaml --treatment x --outcome y --json
expect 0 '\mathrm{do}(x)' "$cgm" identify g.yaml --treatment x --outcome y --latex --max 1
expect 0 'P(z | do(x), w, y) is identifiable' "$cgm" identify g.yaml --treatment x --outcome z --given y --given w
printf 'graph: {x: , y: {parents: x}}\nhidden: [[x, y]]\n' >bow.yaml
expect 0 'P(y | do(x)) is not identifiable' "$cgm" identify bow.yaml --treatment x --outcome y
expect 0 'F = {x, y}, F'"'"' = {y}, roots {y}' "$cgm" identify bow.yaml --treatment x --outcome y
expect 0 '"identifiable": false' "$cgm" identify bow.yaml --treatment x --outcome y --json
expect 2 '--treatment' "$cgm" identify g.yaml --outcome y
expect 2 '--outcome' "$cgm" identify g.yaml --treatment y
expect 2 "no variable 'q'" "$cgm" identify g.yaml --treatment q --outcome y
expect 2 'x is both treatment and outcome' "$cgm" identify g.yaml --treatment x --outcome x
expect 2 'whole number' "$cgm" identify g.yaml --treatment x --outcome y --max 0
expect 2 'nowhere.yaml' "$cgm" identify nowhere.yaml --treatment x --outcome y
sed 's/x: {}/x: {parents: w}/' g.yaml >cycle.yaml
expect 2 'cycle.yaml:2: the graph has a cycle: y -> w -> x -> z -> y' "$cgm" identify cycle.yaml --treatment x --outcome y
(cat c.yaml && echo 'hidden: [[thickness, intensity]]') >hidden.yaml
expect 0 'adjustment sets' "$cgm" identify hidden.yaml --treatment digit --outcome image

# All that a config says.
expect 0 'wrote all/cf.h5' "$cgm" run c.yaml -o all
for file in run.h5 cf.h5 cf.png s.png; do
    [ -s all/$file ] || fail "cgm run did not write $file"
done
expect 0 'wrote all/cf.h5' "$cgm" run c.yaml -o all
expect 2 'another config' "$cgm" run c.yaml -o all --set train.epochs=4
expect 0 'wrote all/run.h5' "$cgm" run c.yaml -o all --set train.epochs=1 --force
sed 's/digit: 7/digit: 77/' c.yaml >bad.yaml
expect 2 'bad.yaml:9' "$cgm" run bad.yaml -o bad
[ -e bad ] && fail "a query that cannot be answered was found out too late"

# Known mechanisms and flows.
cat >known.yaml <<END
data:  {make: strokes, n: 400, seed: 3, test: 60}
graph:
  slant:     {type: continuous, mechanism: {kind: rq_spline, bins: 4}}
  thickness: {type: continuous, range: [0.5, 20], mechanism: {formula: 0.5 + u, noise: gamma(10, 5)}}
  intensity: {type: continuous, range: [64, 255], parents: [thickness], mechanism: {formula: "64 + 191*sigmoid(2*(thickness-2.5) + 0.5*u)"}}
train: {epochs: 3, batch: 32}
END
expect 0 'wrote known.h5' "$cgm" train known.yaml -o known.h5
expect 0 'intensity = 64 + 191*sigmoid(2*(thickness-2.5) + 0.5*u), u ~ normal(0, 1)' "$cgm" info known.h5
expect 0 'impossible 0' "$cgm" info known.h5
expect 0 'rational quadratic spline of 4 bins' "$cgm" info known.h5
expect 0 'wrote known-cf.h5' "$cgm" counterfactual known.h5 --do thickness=3.5 -n 8 -o known-cf.h5
expect 0 'identical: ' "$cgm" rerun known.h5
formula=graph.thickness.mechanism.formula
expect 2 'formula:1:7: expected a number' "$cgm" train known.yaml -o no.h5 --set "$formula=0.5 + )"
expect 2 "there is no parent 'v'" "$cgm" train known.yaml -o no.h5 --set "$formula=0.5 + v"
expect 2 "did you mean 'gamma'" "$cgm" train known.yaml -o no.h5 --set 'graph.thickness.mechanism.noise=gama(10, 5)'
expect 0 'wrote wide.h5' "$cgm" train known.yaml -o wide.h5 --set "$formula=0.5 + 100*u"
expect 2 "variable 'thickness', row 0: " "$cgm" sample wide.h5 -n 4 -o no.h5
expect 0 'wrote square.h5' "$cgm" train known.yaml -o square.h5 --set "$formula=0.5 + (u - 2)^2"
expect 2 'not strictly monotone in u' "$cgm" counterfactual square.h5 --do intensity=100 -n 4 -o no.h5
[ -e no.h5 ] && fail "a failed command left no.h5"

# Data.
expect 0 'wrote d.h5' "$cgm" data make strokes -o d.h5 -n 50 --seed 2 --test 10
expect 0 'thickness' "$cgm" data info d.h5 --png sheet.png
[ -s sheet.png ] || fail "no sheet"
expect 0 'wrote t.h5' "$cgm" data make strokes -o t.h5 -n 50 --seed 2 --truth thickness=3.5,digit=7
expect 0 'digit' "$cgm" data info t.h5
expect 2 'strok' "$cgm" data make strok -o x.h5
expect 0 'wrote r.h5' "$cgm" data make ring -o r.h5 -n 50 --truth mode=3
expect 0 'vector of 2' "$cgm" data info r.h5 --png points.png
[ -s points.png ] || fail "no points"
expect 2 'has no scalar variable "point"' "$cgm" data make ring -o x.h5 --truth point=1
expect 2 'has no room for the vector "point"' "$cgm" data export r.h5 -o x
expect 2 'thicknes' "$cgm" data make strokes -o x.h5 -n 10 --truth thicknes=3
expect 2 'NAME=VALUE' "$cgm" data make strokes -o x.h5 -n 10 --truth ''
expect 2 'nowhere' "$cgm" data info nowhere
[ -e x.h5 ] && fail "a failed command left x.h5"
# A table: texts are levels, called by their names.
cat >t.yaml <<END
graph:
  sex:  {type: binary}
  job:  {type: categorical, levels: [none, part, full], parents: [sex]}
  wage: {type: continuous, parents: [sex, job]}
END
awk 'BEGIN {srand(1); print "wage,sex,job,note"; for (i = 0; i < 200; i++) printf "%f,%s,%s,\n", rand() + i % 3, rand() < .5 ? "f" : "m",
    substr("nonepartfull", 1 + 4 * (i % 3), 4)}' >t.csv
expect 0 'wrote t-run.h5' "$cgm" train t.yaml --data t.csv -o t-run.h5
expect 0 '[job=part]' "$cgm" info t-run.h5
expect 0 'identical: ' "$cgm" rerun t-run.h5
expect 2 'expected a graph with an image' "$cgm" counterfactual t-run.h5 --split train --do job=full --particles 3
expect 0 'wrote t-cf.h5' "$cgm" counterfactual t-run.h5 --split train --do job=full -n 5 -o t-cf.h5
expect 0 'counterfactuals rest on job: Gumbel-max noise' "$cgm" counterfactual t-run.h5 --split train --do sex=m -n 5
expect 0 '"exact": false' "$cgm" mediate t-run.h5 --treatment sex --mediator job --outcome wage --to m --from f --draws 4 --json
expect 0 'NIE(0)' "$cgm" mediate t-run.h5 --treatment sex --mediator job --outcome wage --draws 4 --bootstrap 4 --fix part
expect 2 "did you mean 'job'" "$cgm" mediate t-run.h5 --treatment sex --mediator jub --outcome wage
expect 2 'a value for each of the 1 mediators' "$cgm" mediate t-run.h5 --treatment sex --mediator job --outcome wage --fix 1 --fix 2
expect 2 "did you mean 'part'" "$cgm" counterfactual t-run.h5 --split train --do job=prt -n 5
expect 2 'missing key "data"' "$cgm" train t.yaml -o t2.h5
echo '1,x,none,' >>t.csv
expect 2 't.csv: sex: 3 different values' "$cgm" train t.yaml --data t.csv -o t2.h5
echo ',m,none,' >>t.csv
expect 2 't.csv:203: wage: a missing value' "$cgm" train t.yaml --data t.csv -o t2.h5
sed -i 202d t.csv
expect 0 'rows left out because they lack a value: 1' "$cgm" train t.yaml --data t.csv -o t2.h5 --set data.missing=drop
# One unit, from a config that needs no data.
cat >joe.yaml <<END
graph:
  x: {type: continuous, mechanism: {formula: u}}
  h: {type: continuous, parents: [x], mechanism: {kind: linear_gaussian, coefficients: {intercept: 0, x: 0.5, sigma: 1}}}
  y: {type: continuous, parents: [x, h], mechanism: {formula: "0.7*x + 0.4*h + u"}}
END
expect 0 ' 1.9 ' "$cgm" counterfactual joe.yaml --evidence 'x=0.5, h=1, y=1.5' --do h=2
expect 0 '"effective_sample_size"' "$cgm" counterfactual joe.yaml --evidence 'y=1.5' --do h=2 --particles 500 --json
expect 2 'no mechanism of the graph publishes any' "$cgm" sample t-run.h5 --latents -o t.h5
expect 0 'effective sample size' "$cgm" counterfactual t-run.h5 --evidence 'sex=f' --do job=full --particles 100
grep -q 'rest on' out && fail "nothing that is made anew has levels: $(cat out)"
expect 0 'counterfactuals rest on job: Gumbel-max noise' "$cgm" counterfactual t-run.h5 --evidence 'sex=f' --do sex=m --particles 100
expect 0 '"job": "Gumbel-max noise"' "$cgm" counterfactual t-run.h5 --evidence 'sex=f' --do sex=m --particles 100 --json
expect 0 'counterfactuals rest on Gumbel-max noise' "$cgm" info t-run.h5
expect 2 "evidence: there is no variable 'z'" "$cgm" counterfactual joe.yaml --evidence z=1
expect 2 'ends in .csv or .h5' "$cgm" counterfactual joe.yaml --evidence x=1 --do h=2 -o cf.txt
expect 0 'wrote unit.csv' "$cgm" counterfactual joe.yaml --evidence 'x=0.5, h=1, y=1.5' --do h=2 -o unit.csv
grep -q '^y,1.5,1.8999999999999999,0,0,1' unit.csv || fail "unit.csv: $(cat unit.csv)"
expect 2 'has to be fitted' "$cgm" counterfactual t.yaml --evidence sex=f
# A data set in a file is found from wherever the run file lies.
sed 's/{make: strokes, n: 160, seed: 3, test: 60, pad: 2}/{path: d.h5, pad: 2}/' c.yaml >file.yaml
expect 0 'wrote file.h5' "$cgm" train file.yaml -o file.h5
(mkdir -p elsewhere && cd elsewhere && "$cgm" counterfactual ../file.h5 --do digit=1 -n 3 >/dev/null) || fail "the data were not found"
"$cgm" data make strokes -o d.h5 -n 50 --seed 3 --test 10 >/dev/null
expect 2 'SHA-256' "$cgm" counterfactual file.h5 --do digit=1 -n 3

# A discrete network: does seeing (of x, that raises z) differ from doing?
cat >net.bif <<END
network n { }
variable x { type discrete [2] { no, yes }; }  variable y { type discrete [2] { no, yes }; }
variable z { type discrete [2] { no, yes }; }
probability (z) { table 0.5, 0.5; }
probability (x | z) { (no) 0.75, 0.25; (yes) 0.25, 0.75; }
probability (y | x, z) { (no, no) 1, 0; (no, yes) 0.5, 0.5; (yes, no) 0.5, 0.5; (yes, yes) 0, 1; }
END
expect 0 'yes  0.875' "$cgm" query net.bif --target y --given x=yes
expect 0 'yes  0.75' "$cgm" query net.bif --target y --do x=yes
expect 0 'P(x, y | z=yes; do(y=no))' "$cgm" query net.bif --target x --target y --given z=yes --do y=no
expect 0 'P(y=yes) = 0.5' "$cgm" query net.bif --given y=yes
expect 0 '"probability": 0.75' "$cgm" query net.bif --target y --do x=yes --json
expect 0 '"log_probability": null' "$cgm" query net.bif --given y=yes --do x=no --given z=no --json
if command -v python3 >/dev/null; then python3 -m json.tool <out >/dev/null || fail "query --json: $(cat out)"; fi
expect 2 'expected --target' "$cgm" query net.bif
expect 2 "did you mean 'yes'" "$cgm" query net.bif --target y --do x=yess
expect 2 "--target: the network has no variable 'why'" "$cgm" query net.bif --target why
expect 2 'expected NAME=LEVEL' "$cgm" query net.bif --target y --given x
expect 2 'both intervened on and observed' "$cgm" query net.bif --target y --given x=yes --do x=yes
expect 2 'contradictory evidence: P(x=no, z=no, y=yes) is 0' "$cgm" query net.bif --target x --given x=no --given z=no --given y=yes
expect 2 'none.bif' "$cgm" query none.bif --target y
expect 2 'has to be fitted' "$cgm" query t.yaml --target sex
sed 's/0.75, 0.25/0.75, 0.26/' net.bif >bad.bif
expect 2 'bad.bif:5: the probabilities of x given z=no sum to 1.01' "$cgm" query bad.bif --target y

[ $failed = 0 ] && echo "all passed"
exit $failed
