#!/bin/sh
# Every type of scalar variable through the command: training, files, counterfactuals, and the user's mistakes.
. "${srcdir:-.}/tests/cli.sh"

cat >t.yaml <<END
graph:
  age:    {type: positive}
  share:  {type: bounded, range: [0, 1], parents: [age]}
  pain:   {type: ordinal, levels: [none, mild, severe], parents: [age, share]}
  visits: {type: count, parents: [age, pain]}
  pills:  {type: count, range: [0, 6], parents: [visits]}
  cost:   {type: positive, parents: [visits, pain, pills]}
END
# Pain of three levels, visits that rise with it; the row numbers make the noise.
awk 'BEGIN {
    print "cost,age,pain,visits,share,pills"
    for (i = 0; i < 240; i++) {
        a = (i * 7 % 60 + i % 7 / 7 + 1) / 40; p = (a + i * 13 % 31 / 20 > 1.2) + (a + i * 13 % 31 / 20 > 2)
        v = int(2 * p + i * 11 % 17 / 5); q = v + i % 3 > 6 ? 6 : v + i % 3
        printf "%g,%g,%s,%d,%g,%d\n", 1 + v + i * 5 % 23 / 4, a, substr("none  mild  severe", 1 + 6 * p, p < 2 ? 4 : 6), v, i * 17 % 101 / 100, q
    }
}' >t.csv
expect 0 'wrote t.h5' "$cgm" train t.yaml --data t.csv -o t.h5
expect 0 'pain = how many of (' "$cgm" info t.h5
expect 0 'visits ~ Poisson(exp(' "$cgm" info t.h5
expect 0 ' up to 6, by its quantile' "$cgm" info t.h5
expect 0 'cost = exp(' "$cgm" info t.h5
expect 0 'identical: ' "$cgm" rerun t.h5
expect 0 'counterfactuals rest on pain: one latent threshold noise, monotone' \
    "$cgm" counterfactual t.h5 --split train --do age=1 -n 20 -o cf.h5
expect 0 'wrote s.h5' "$cgm" sample t.h5 -n 50 --do visits=3 -o s.h5
expect 0 'pain' "$cgm" counterfactual t.h5 --evidence 'age=1.5, visits=2' --do pain=mild --particles 200
expect 0 'quasi-Bayesian, 20 draws of the coefficients' "$cgm" mediate t.h5 --treatment age --mediator pain --outcome visits \
    --from 0.5 --to 1.5 --draws 10 --quasi-bayesian 20

# Mistakes.
expect 2 'is not a count: expected a whole number from 0' "$cgm" sample t.h5 -n 5 -o no.h5 --do visits=1.5
expect 2 'is not a count: expected a whole number from 0' "$cgm" sample t.h5 -n 5 -o no.h5 --do visits=-1
expect 2 '7 is outside its range [0, 6]' "$cgm" sample t.h5 -n 5 -o no.h5 --do pills=7
expect 2 '0 is out of range: expected a number above 0' "$cgm" sample t.h5 -n 5 -o no.h5 --do age=0
expect 2 "did you mean 'mild'" "$cgm" sample t.h5 -n 5 -o no.h5 --do pain=mld
expect 2 'a bounded variable: expected its range: [low, high]' "$cgm" train t.yaml --data t.csv -o no.h5 --set graph.share='{type: bounded}'
expect 2 'an ordinal variable has no range' "$cgm" train t.yaml --data t.csv -o no.h5 --set graph.pain.range='[0, 1]'
expect 2 'mechanism affine_flow cannot produce a count variable' "$cgm" train t.yaml --data t.csv -o no.h5 --set graph.visits.mechanism=affine_flow
expect 2 'expected levels: [mild, ...] in order' "$cgm" train t.yaml --data t.csv -o no.h5 --set graph.pain='{type: ordinal}'
bad() { # FIELDS TEXT: a row at the end
    cp t.csv bad.csv
    echo "$1" >>bad.csv
    expect 2 "$2" "$cgm" train t.yaml --data bad.csv -o no.h5
}
bad 3,1,none,1.5,0.5,2 'bad.csv: visits: row 240: 1.5 is not a count'
bad 3,1,none,-2,0.5,2 'bad.csv: visits: row 240: -2 is not a count'
bad 3,1,none,two,0.5,2 'bad.csv:242: visits: expected a number, got "two"'
bad 3,1,none,2,0.5,7 'bad.csv: pills: row 240: 7 is outside its range [0, 6]'
bad 3,1,bad,2,0.5,2 'bad.csv:242: pain: "bad" is none of the levels none, mild, severe'
bad 0,1,none,2,0.5,2 "variable 'cost', row 240 of the data: 0 is out of range: expected a number above 0"
bad 3,1,none,2,1.5,2 "variable 'share', row 240 of the data: 1.5 is outside its range [0, 1]"
[ -e no.h5 ] && fail "a failed command left no.h5"
exit $failed
