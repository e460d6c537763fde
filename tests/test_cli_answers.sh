#!/bin/sh
# cgm effect, cgm logprob, hidden common causes, and answers as files: as a user meets them.
. "${srcdir:-.}/tests/cli.sh"

# The last answer in $1 is JSON with these words.
json() {
    file=$1
    shift
    for word; do grep -qF -e "$word" "$file" || fail "$file: expected $word, got: $(cat "$file")"; done
    if command -v python3 >/dev/null; then python3 -m json.tool "$file" >/dev/null || fail "$file is no JSON"; fi
}

# z causes t and y: 2 t + 5 z.
{
    echo 'z,t,y'
    for z in 0 1; do
        for i in 0 1 2 3 4 5 6 7 8 9; do
            t=0
            if [ $z = 1 ] && [ $i -lt 8 ]; then t=1; fi
            if [ $z = 0 ] && [ $i -lt 2 ]; then t=1; fi
            echo "$z,$t,$((2 * t + 5 * z + i % 2))"
        done
    done
} >d.csv
cat >c.yaml <<END
data: {path: d.csv}
graph:
  z: {type: binary}
  t: {type: binary, parents: [z]}
  y: {type: continuous, parents: [z, t], mechanism: linear_gaussian}
END
expect 0 'wrote r.h5' "$cgm" train c.yaml -o r.h5

# Effects.
expect 0 'closed form' "$cgm" effect r.h5 --treatment t --outcome y
grep -q '^  *20  effect  *2$' out || fail "the effect is not 2: $(cat out)"
expect 0 'z=1' "$cgm" effect r.h5 --treatment t --outcome y --by z --bootstrap 20 --level 0.9 --seed 3
grep -q '90 % intervals, percentile bootstrap, 20 resamples, seed 3' out || fail "no word on the intervals: $(cat out)"
expect 0 'do(t += 0) compared with do(t=0)' "$cgm" effect r.h5 --do 't += 0' --than t=0 --outcome y --given 'z == 1'
expect 0 '"command": "effect"' "$cgm" effect r.h5 --treatment t --outcome y --bootstrap 20 --json
json out '"exact": true' '"seed": 1' '"monte_carlo_error": 0.0' '"standard_error":' '"compared_with": "do(t=0)"'
expect 0 'wrote e.csv (effects)' "$cgm" effect r.h5 --treatment t --outcome y -o e.csv
[ "$(head -1 e.csv | tr -d '\r')" = 'group,rows,name,estimate,monte_carlo_error,standard_error,low,high' ] ||
    fail "e.csv: $(cat e.csv)"
[ "$(wc -l <e.csv)" = 4 ] || fail "e.csv: expected 4 lines, got: $(cat e.csv)"
expect 0 'wrote e.h5 (effects)' "$cgm" effect r.h5 --treatment t --outcome y -o e.h5
grep -q HDF e.h5 || fail "e.h5 is not HDF5"
expect 2 'e.h5' "$cgm" info e.h5
expect 2 'ends in .csv or .h5' "$cgm" effect r.h5 --treatment t --outcome y -o e.txt
expect 2 'no/such' "$cgm" effect r.h5 --treatment t --outcome y -o no/such/e.csv
expect 2 'expected one --outcome' "$cgm" effect r.h5 --treatment t
expect 2 'either --treatment' "$cgm" effect r.h5 --outcome y
expect 2 'either --treatment' "$cgm" effect r.h5 --treatment t --do t=1 --outcome y
expect 2 'neither beside --do' "$cgm" effect r.h5 --do t=1 --from 2 --outcome y
expect 2 'between 0 and 1' "$cgm" effect r.h5 --treatment t --outcome y --level 1
expect 2 'the treatment moves' "$cgm" effect r.h5 --treatment t --outcome y --given 'y > 2'
expect 2 'no row is left' "$cgm" effect r.h5 --treatment t --outcome y --given 'z > 2'
expect 2 "column 4" "$cgm" effect r.h5 --do 't =* 2' --outcome y

# Log-probabilities.
expect 0 'mean over 20 training rows' "$cgm" logprob r.h5 --split train
expect 2 'no test rows' "$cgm" logprob r.h5
expect 0 'wrote l.csv' "$cgm" logprob r.h5 --split train -n 3 -o l.csv
[ "$(head -1 l.csv | tr -d '\r')" = 'row,total,variable.z,variable.t,variable.y' ] || fail "l.csv: $(cat l.csv)"
[ "$(wc -l <l.csv)" = 4 ] || fail "l.csv: expected 4 lines, got: $(cat l.csv)"
expect 0 '"rows": 3' "$cgm" logprob r.h5 --split train --index 0,5,7 -o l.h5 --json
json out '"command": "logprob"' '"variable": "total"'
grep -q wrote out && fail "--json printed more than JSON"
expect 2 'numbered from 0' "$cgm" logprob r.h5 --split train --index 20
expect 0 'exact' "$cgm" logprob r.h5 --evidence y=3
expect 0 'density of all variables, exact' "$cgm" logprob r.h5 --evidence 'y=3, t=1, z=0'
expect 2 'of one unit' "$cgm" logprob r.h5 --evidence y=3 -n 2
expect 2 "no variable 'q'" "$cgm" logprob r.h5 --evidence q=3
cat >k.yaml <<END
data: {path: d.csv}
graph:
  t: {type: binary, mechanism: {kind: categorical}}
  y: {type: continuous, parents: [t], mechanism: {formula: 2*t + 0*t^2 + u}}
END
expect 2 'has to be fitted' "$cgm" logprob k.yaml
sed -i 's/  t: .*/  t: {type: continuous, mechanism: {formula: u}}/' k.yaml
expect 0 'mean over 20 training rows' "$cgm" logprob k.yaml --split train
expect 0 'effective sample size' "$cgm" logprob k.yaml --evidence y=3 --particles 500
expect 0 'averages over draws from the model' "$cgm" effect k.yaml --treatment t --outcome y --to 3 --draws 10
expect 2 'a model alone has none' "$cgm" effect k.yaml --treatment t --outcome y --bootstrap 10

# Hidden common causes: training goes on, what cannot be answered is refused, with the hedge.
(cat c.yaml && echo 'hidden: [[t, y]]') >bow.yaml
expect 0 'wrote bow.h5' "$cgm" train bow.yaml -o bow.h5
expect 0 'hidden: [[t, y]]' "$cgm" info bow.h5
expect 2 "P(y | do(t)) is not identifiable: a hedge forbids P(y | do(t)): F = {t, y}, F' = {y}, roots {y}" \
    "$cgm" effect bow.h5 --treatment t --outcome y
expect 2 "a hedge forbids" "$cgm" sample bow.h5 --do t=1 -o s.h5
expect 0 'wrote s.h5' "$cgm" sample bow.h5 -o s.h5
expect 2 "counterfactual: 't' and 'y' have hidden common causes" "$cgm" counterfactual bow.h5 --do t=1 -o f.h5 --split train
expect 2 "counterfactual: 't' and 'y' have hidden" "$cgm" counterfactual bow.h5 --do t=1 --evidence y=1
expect 2 "mediation: 't' and 'y' have hidden" "$cgm" mediate bow.h5 --treatment z --mediator t --outcome y
[ -e f.h5 ] && fail "a refused query left f.h5"
expect 2 'hidden: expected a list of pairs' "$cgm" train bow.yaml -o bad.h5 --set 'hidden=t'
expect 2 'not one standard normal' "$cgm" train bow.yaml -o bad.h5 --set 'hidden=[{between: [t, y], correlation: 0.5}]'
cat >joint.yaml <<END
graph:
  x: {type: continuous, mechanism: {formula: u}}
  y: {type: continuous, parents: [x], mechanism: {formula: 2*x + u}}
hidden: [{between: [x, y], correlation: 0.5}]
END
expect 0 'exact' "$cgm" counterfactual joint.yaml --evidence 'x=0.5, y=1.5' --do x=1
grep -q '^y .* 2.5 ' out || fail "the counterfactual is not 2.5: $(cat out)"

# Samples and counterfactuals of rows as tables: a line a row, which is data again; two answers a row have columns of their own.
expect 0 'wrote s.csv (samples)' "$cgm" sample r.h5 -n 7 -o s.csv
[ "$(head -1 s.csv | tr -d '\r')" = z,t,y ] && [ "$(wc -l <s.csv)" = 8 ] || fail "not a table of 7 samples: $(cat s.csv)"
expect 0 's.csv' "$cgm" data info s.csv
expect 0 'wrote cf.csv (counterfactuals)' "$cgm" counterfactual r.h5 --split train -n 2 --do 't=1' -o cf.csv
head -1 cf.csv | grep -q '^index,z,t,y,z.counterfactual,t.counterfactual,y.counterfactual' || fail "no table: $(cat cf.csv)"
sed -n 2p cf.csv | grep -q '^0,0,1,2,0,1,2' || fail "row 0 is not what it was under its own treatment: $(cat cf.csv)"
printf 'graph:\n  k: {type: categorical, levels: ["a, b", "c"], mechanism: {table: [1, 0]}}\n' >level.yaml
sed -i 's/^graph:/data: {path: level.csv}\ngraph:/' level.yaml
printf 'k\n"a, b"\nc\n' >level.csv
expect 0 'wrote level.h5' "$cgm" train level.yaml -o level.h5
expect 0 'wrote level-s.csv' "$cgm" sample level.h5 -n 1 -o level-s.csv
[ "$(sed -n 2p level-s.csv | tr -d '\r')" = '"a, b"' ] || fail "the level's name has no quotes: $(cat level-s.csv)"

# Subcommands as queries of a config: their options are the keys, files go to the run's directory.
{
    cat c.yaml
    cat <<END
queries:
  - {effect: {treatment: t, outcome: y, by: z, bootstrap: 5, bca: false, out: e.csv}}
  - {query: {target: [z, t], out: q.h5}}
  - {logprob: {split: train}}
  - {check: {alpha: 0.01}}
END
} >asks.yaml
expect 0 'wrote asks/e.csv (effects)' "$cgm" run asks.yaml -o asks
grep -q '^   *20  effect ' out && grep -q 'log-probability in nats' out && grep -q 'the graph implies no independence' out || fail "answers lack: $(cat out)"
[ -s asks/e.csv ] && [ -s asks/q.h5 ] || fail 'the answers were not written'
sed 's/effect:/effct:/' asks.yaml >bad.yaml
expect 2 'bad.yaml:7: effct: unknown query; did you mean "effect"?' "$cgm" run bad.yaml -o bad
sed 's/bootstrap: 5/bootstrp: 5/' asks.yaml >bad.yaml
expect 2 'bad.yaml:7: effect: unknown option --bootstrp=5; did you mean --bootstrap?' "$cgm" run bad.yaml -o bad
sed 's/{alpha: 0.01}/[alpha]/' asks.yaml >bad.yaml
expect 2 'bad.yaml:10: check: expected a map of the options of cgm check' "$cgm" run bad.yaml -o bad
[ -e bad ] && fail 'a directory was made although a query is wrong'
sed 's/by: z/by: zz/' asks.yaml >bad.yaml
expect 2 "bad.yaml:7: effect: by: there is no variable 'zz'" "$cgm" run bad.yaml -o bad -q

exit $failed
