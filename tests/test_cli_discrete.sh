#!/bin/sh
# Exact answers of models with levels, as a user meets them: of a BIF network, a config and a run file.
. "${srcdir:-.}/tests/cli.sh"

cat >net.bif <<END
network n { }
variable t { type discrete [2] { no, yes }; }
variable m { type discrete [2] { low, high }; }
variable y { type discrete [3] { bad, fair, good }; }
probability (t) { table 0.5, 0.5; }
probability (m | t) { (no) 0.7, 0.3; (yes) 0.4, 0.6; }
probability (y | m) { (low) 0.5, 0.3, 0.2; (high) 0.2, 0.3, 0.5; }
END
cat >net.yaml <<END
graph:
  t: {type: binary, levels: ['no', 'yes'], mechanism: {kind: cpt, table: [0.5, 0.5]}}
  m: {type: binary, levels: [low, high], parents: [t], mechanism: {kind: cpt, table: [{t: 'no', p: [0.7, 0.3]}, {t: 'yes', p: [0.4, 0.6]}]}}
  y: {type: categorical, levels: [bad, fair, good], parents: [m], mechanism: {kind: cpt, table: [{m: low, p: [0.5, 0.3, 0.2]}, {m: high, p: [0.2, 0.3, 0.5]}]}}
  income: {type: continuous, parents: [y], mechanism: {formula: y + u}}
END
for model in net.bif net.yaml; do
    # Seen low without treatment: with it, low stays with chance 4/7.
    expect 0 'low 0.5714 high 0.4286' "$cgm" counterfactual $model --evidence 't=no, m=low' --do t=yes
    grep -q 'rest on m: Gumbel-max noise; y: Gumbel-max noise' out || fail "$model: the assumptions: $(cat out)"
    expect 0 '"exact": true' "$cgm" counterfactual $model --evidence 't=no, m=low' --do t=yes --json
    grep -q '"high": 0.42857142857142' out || fail "$model: the probability in JSON: $(cat out)"
    expect 0 'yes  0.6666666667' "$cgm" query $model --target t --given m=high --do y=bad
    expect 0 'P(m=high) = 0.45' "$cgm" query $model --given m=high
    expect 2 "--target: " "$cgm" query $model --target tt
    expect 2 "did you mean 'low'" "$cgm" query $model --target y --do m=lo
    expect 2 "did you mean 'low'" "$cgm" counterfactual $model --evidence m=lo --do t=yes
done
# What is continuous is drawn, and only that.
expect 0 'effective sample size 200.0; exact by a twin network: t, m, y' "$cgm" counterfactual net.yaml --evidence 't=no, m=low' --do t=yes --particles 200
expect 2 "'income', which the answer depends on, is continuous" "$cgm" query net.yaml --target y --given income=2
sed 's/table 0.5, 0.5/table 1, 0/' net.bif >sure.bif
expect 2 'contradicts the model: its probability is 0' "$cgm" counterfactual sure.bif --evidence 't=yes' --do m=low
sed 's/variable t /variable t.a /; s/(t)/(t.a)/; s/| t/| t.a/' net.bif >name.bif
expect 2 "name.bif: 't.a' is not a variable's name" "$cgm" counterfactual name.bif --evidence 'm=low' --do m=high
expect 0 'no   0.5' "$cgm" query name.bif --target t.a

{ cat net.yaml; echo 'hidden: [[t, y]]'; } >hidden.yaml
expect 2 "'t' and 'y' have hidden common causes" "$cgm" query hidden.yaml --target y
expect 2 "'t' and 'y' have hidden common causes" "$cgm" counterfactual hidden.yaml --evidence m=low --do t=yes
expect 0 'high  0.6' "$cgm" query hidden.yaml --target m --do t=yes

# A fitted model: 1 of 4 without, 3 of 4 with treatment.
{
    echo t,m
    for i in 0 1 2 3; do for j in 0 1 2 3 4 5 6 7 8 9; do echo "off,$((i < 1))"; echo "on,$((i < 3))"; done; done
} >t.csv
cat >t.yaml <<END
data: {path: t.csv}
graph:
  t: {type: binary, levels: ['off', 'on'], mechanism: {kind: cpt, pseudocount: 0}}
  m: {type: binary, parents: [t], mechanism: {kind: cpt, pseudocount: 0}}
END
expect 0 'wrote t.h5' "$cgm" train t.yaml -o t.h5
expect 0 '1  0.75' "$cgm" query t.h5 --target m --do t=on
expect 0 'on   0.75' "$cgm" query t.h5 --target t --given m=1
expect 0 ' 0 0.3333 1 0.6667' "$cgm" counterfactual t.h5 --evidence 't=off, m=0' --do t=on
grep -q 'twin network, exact' out || fail "not exact: $(cat out)"

[ $failed = 0 ] && echo "all passed"
exit $failed
