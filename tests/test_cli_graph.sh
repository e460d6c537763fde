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

exit $failed
