#!/bin/sh
# cgm graph and cgm check as a user meets them.
. "${srcdir:-.}/tests/cli.sh"

cat >g.yaml <<END
graph:
  smoking: {type: binary}
  tar:     {type: positive, parents: [smoking]}
  cancer:  {type: binary, parents: [tar]}
hidden: [[smoking, cancer]]
END
cat >coin.bif <<END
network unknown {}
variable coin { type discrete [ 2 ] { head, tail }; }
variable bet { type discrete [ 2 ] { won, lost }; }
probability ( coin ) { table 0.5, 0.5; }
probability ( bet | coin ) { (head) 1.0, 0.0; (tail) 0.0, 1.0; }
END

# Pictures.
expect 0 'wrote g.png' "$cgm" graph g.yaml --png g.png
[ "$(head -c 4 g.png | tail -c 3)" = PNG ] || fail "g.png is not a PNG"
expect 0 'digraph {' "$cgm" graph g.yaml --dot - --png d.png --do tar=3
[ "$(tail -n 1 out)" = '}' ] || fail "--dot - printed more than the graph"
[ -e d.png ] || fail "no picture beside --dot -"
expect 0 'wrote g.dot' "$cgm" graph g.yaml --dot g.dot --do 'tar->cancer=3' --do smoking=1
grep -q '"tar" -> "cancer" \[color' g.dot || fail "the arrow that is intervened on is not marked"
if command -v dot >/dev/null; then
    dot -Tsvg g.dot >g.svg 2>err || fail "Graphviz refused the graph: $(cat err)"
else
    echo "skipped: no Graphviz"
fi
expect 0 '"coin" -> "bet"' "$cgm" graph coin.bif --dot -
expect 2 'expected --png FILE.png' "$cgm" graph g.yaml
expect 2 "did you mean 'cancer'" "$cgm" graph g.yaml --png x.png --do cancr=1
expect 2 "no edge from 'tar' to 'smoking'" "$cgm" graph g.yaml --png x.png --do 'tar->smoking=1'
expect 2 'two interventions' "$cgm" graph g.yaml --png x.png --do tar=1 --do tar=2
expect 2 'no/such' "$cgm" graph g.yaml --png no/such/x.png
sed 's/positive/postive/' g.yaml >bad.yaml
expect 2 "bad.yaml:3: tar: there is no type 'postive'; did you mean 'positive'?" "$cgm" graph bad.yaml --png x.png
expect 2 'missing.bif' "$cgm" graph missing.bif --png x.png
[ -e x.png ] && fail "a failed command left x.png"

# Identification in a network.
expect 0 'P(bet | do(coin)) = P(bet | coin)' "$cgm" identify coin.bif --treatment coin --outcome bet

# Graphs against data: x and y are exactly independent, copy is x in nine rows of ten.
awk 'BEGIN {
    print "x,y,copy,flat"
    for (i = 0; i < 400; i++) {
        x = i % 2; y = int(i / 2) % 2
        print (x ? "yes" : "no") "," y "," (i % 10 ? x : 1 - x) ",3"
    }
}' >d.csv
cat >right.yaml <<END
data: {path: d.csv}
graph:
  x:    {type: binary}
  y:    {type: binary}
  copy: {type: binary, parents: [x]}
  flat: {type: continuous}
END
expect 0 'the data contradict 0 of 2 implied independences at 0.05 (Holm)' "$cgm" check right.yaml
grep -q '^x _||_ y  *G  *0 chi2(1)  *1  *1$' out || fail "x and y: expected G 0, p 1: $(cat out)"
expect 0 'left out, constant in the data: flat' "$cgm" check right.yaml
sed 's/, parents: \[x\]//' right.yaml >wrong.yaml
expect 0 'the data contradict 1 of 3 implied independences at 0.01 (Benjamini-Hochberg)' "$cgm" check wrong.yaml --alpha 0.01 --method bh
grep -q '^x _||_ copy .*  contradicted$' out || fail "x and copy: expected a contradiction: $(cat out)"
expect 0 '"contradicted": 1' "$cgm" check wrong.yaml --json
(cat wrong.yaml; echo 'hidden: [[x, copy]]') >hidden.yaml
expect 0 'contradict 0 of 2' "$cgm" check hidden.yaml
(cat wrong.yaml; echo 'hidden: [[x, y], [x, copy], [y, copy], [x, flat], [y, flat], [copy, flat]]') >full.yaml
expect 0 'implies no independence' "$cgm" check full.yaml
grep -v data: right.yaml >nodata.yaml
expect 2 'expected `data`' "$cgm" check nodata.yaml
expect 0 'contradict 0 of 2' "$cgm" check nodata.yaml --data d.csv
expect 2 'no data at no.csv' "$cgm" check right.yaml --data no.csv
expect 2 'between 0 and 1' "$cgm" check right.yaml --alpha 0
expect 2 'between 0 and 1' "$cgm" check right.yaml --alpha 1
expect 2 'one of holm|bh' "$cgm" check right.yaml --method bonferroni
expect 2 'one of auto|partial|gcm' "$cgm" check right.yaml --test t
expect 2 'expected --data' "$cgm" check coin.bif
sed 's/flat:/flatt:/' right.yaml >lacking.yaml
expect 2 "flatt" "$cgm" check lacking.yaml
head -6 d.csv >few.csv
expect 2 '5 rows; expected at least 10' "$cgm" check right.yaml --data few.csv
printf 'coin,bet\nhead,won\ntail,lost\n' >coin.csv
for i in 1 2 3 4 5 6 7 8 9 10; do printf 'head,won\ntail,lost\n'; done >>coin.csv
expect 0 'implies no independence' "$cgm" check coin.bif --data coin.csv

exit $failed
