#!/bin/sh
# Interventions of every kind from the command line and from configs: what they set, and what their errors say.
. "${srcdir:-.}/tests/cli.sh"

cat >joe.yaml <<END
graph:
  age: {type: continuous, manipulable: false, mechanism: {kind: linear_gaussian, coefficients: {intercept: 0, sigma: 1}}}
  x: {type: continuous, parents: [age], mechanism: {kind: linear_gaussian, coefficients: {intercept: 0, age: 0, sigma: 1}}}
  h: {type: continuous, parents: [x], mechanism: {kind: linear_gaussian, coefficients: {intercept: 0, x: 0.5, sigma: 1}}}
  y: {type: continuous, parents: [x, h], mechanism: {kind: linear_gaussian, coefficients: {intercept: 0, x: 0.7, h: 0.4, sigma: 1}}}
END
seen='age=0, x=0.5, h=1, y=1.5'
# Y was 1.5: 0.4 for each unit of h, 0.7 of x along its own edge.
expect 0 ' 1.9 ' "$cgm" counterfactual joe.yaml --evidence "$seen" --do 'h+=1'
expect 0 ' 1.9 ' "$cgm" counterfactual joe.yaml --evidence "$seen" --do 'h*=2'
expect 0 ' 1.9 ' "$cgm" counterfactual joe.yaml --evidence "$seen" --do 'h := max(h, 1.75) + 0.5*x'
expect 0 ' 1.5 ' "$cgm" counterfactual joe.yaml --evidence "$seen" --do 'h=2 if x > 0.6'
expect 0 ' 1.9 ' "$cgm" counterfactual joe.yaml --evidence "$seen" --do 'h=2 if x > 0.4 and y == 1.5'
expect 0 ' 2.2 ' "$cgm" counterfactual joe.yaml --evidence "$seen" --do 'x->y: x+=1'
expect 0 ' 2.6 ' "$cgm" counterfactual joe.yaml --evidence "$seen" --do 'x->y: x+=1, h=2'
expect 0 ' 2.6 ' "$cgm" counterfactual joe.yaml --evidence "$seen" --do 'x->y+=1' --do h=2
expect 0 'particles: 2000' "$cgm" counterfactual joe.yaml --evidence "$seen" --do 'h~normal(2, 1)' --particles 2000
expect 0 'linear Gaussian conditioning, exact' "$cgm" counterfactual joe.yaml --evidence 'y=1.5' --do 'h+=1, x->h*=2'

expect 2 "do(x+*2): column 3: expected '=' after '+'" "$cgm" counterfactual joe.yaml --evidence "$seen" --do 'x+*2'
expect 2 "column 4: there is no variable 'hh'" "$cgm" counterfactual joe.yaml --evidence "$seen" --do 'h+=hh'
expect 2 "'age' is not manipulable" "$cgm" counterfactual joe.yaml --evidence "$seen" --do 'age=3'
expect 2 "two interventions on 'x->y'" "$cgm" counterfactual joe.yaml --evidence "$seen" --do 'x->y=1' --do 'x->y: x=2'
expect 2 'one unit has no rows' "$cgm" counterfactual joe.yaml --evidence "$seen" --do 'h=permuted'

# The same in a config, where a query's errors come before any training.
cat >jobs.csv <<END
age,job,pay
30,clerk,10.5
40,cook,13
50,clerk,15.25
35,cook,11.5
45,clerk,14
55,cook,17
END
cat >jobs.yaml <<END
data: {path: jobs.csv}
graph:
  age: {type: continuous, manipulable: false}
  job: {type: categorical, levels: [clerk, cook]}
  pay: {type: continuous, parents: [age, job], mechanism: linear_gaussian}
queries:
  - counterfactual: {split: train, out: cf.h5, do: [{pay: +=2}, "job=cook if age > 40 and job == clerk, pay*=1.5", {age->pay: 99}]}
  - sample: {n: 5, out: s.h5, do: "job=clerk, pay~normal(0.2*age, 1)"}
END
sed 's/age->pay/age/' jobs.yaml >bad.yaml
expect 2 "bad.yaml:7: do(age=99): column 1: 'age' is not manipulable" "$cgm" run bad.yaml -o bad
sed 's/{age->pay: 99}/"pay=1 if jb == cook"/' jobs.yaml >bad.yaml
expect 2 "bad.yaml:7: do(pay=1 if jb == cook): column 10: there is no variable 'jb'; did you mean 'job'?" "$cgm" run bad.yaml -o bad
[ -e bad/run.h5 ] && fail 'a run was begun although a query is wrong'
sed 's/{age->pay: 99}/{pay: 3}/' jobs.yaml >good.yaml
expect 0 'wrote good/cf.h5' "$cgm" run good.yaml -o good
expect 0 'wrote m.h5' "$cgm" sample good/run.h5 -n 3 --do 'pay:=pay/2 if job == cook, job=cook if age > 40' -o m.h5
expect 2 "its condition sees 'pay', which the intervention moves" "$cgm" sample good/run.h5 -n 3 --do 'job=cook if pay > 3' -o no.h5
expect 2 "did you mean 'cook'?" "$cgm" sample good/run.h5 -n 3 --do 'pay+=1 if job == coook' -o no.h5
[ -e no.h5 ] && fail 'a file was written although the query is wrong'
expect 2 "'age' is not manipulable" "$cgm" sample good/run.h5 -n 3 --do 'age+=1' -o no.h5

# Effects: x moves y alone, so that its value and what y sees of it give the same probability, also in closed form.
awk 'BEGIN { OFS = ","; print "w", "x", "y"; for (i = 0; i < 60; i++) print sin(7*i), 2*sin(11*i) + sin(7*i)/2, (sin(11*i) + 0.8*sin(5*i) > 0) }' >p.csv
cat >p.yaml <<END
data: {path: p.csv}
graph:
  w: {type: continuous, mechanism: linear_gaussian}
  x: {type: continuous, parents: [w], mechanism: linear_gaussian}
  y: {type: binary, parents: [x, w], mechanism: probit}
END
expect 0 'wrote p.h5' "$cgm" train p.yaml -o p.h5
same=
for kind in 'x+=1' 'x->y+=1' 'x->y: x:=x+1'; do
    expect 0 'closed form' "$cgm" effect p.h5 --outcome y --do "$kind"
    effect=$(awk '/effect on/ { print $NF }' out)
    [ -n "$effect" ] && [ "${same:=$effect}" = "$effect" ] || fail "the effect of $kind is $effect, of x+=1 $same"
done
expect 0 'averages over draws' "$cgm" effect p.h5 --outcome y --do 'x~normal(w, 1)'

# Nobody sets what cannot be manipulated.
sed 's/x: {type: continuous/x: {type: continuous, manipulable: false/' p.yaml >fixed.yaml
expect 0 'wrote fixed.h5' "$cgm" train fixed.yaml -o fixed.h5
expect 2 "'x' is not manipulable" "$cgm" effect fixed.h5 --outcome y --treatment x
expect 2 "'x' is not manipulable" "$cgm" mediate fixed.h5 --treatment w --mediator x --outcome y
cat >net.yaml <<END
graph:
  sex: {type: binary, levels: [f, m], manipulable: false, mechanism: {table: [0.5, 0.5]}}
  cured: {type: binary, parents: [sex], levels: [no, yes], mechanism: {table: [{sex: f, p: [0.3, 0.7]}, {sex: m, p: [0.6, 0.4]}]}}
END
expect 0 'P(cured | sex=m)' "$cgm" query net.yaml --target cured --given sex=m
expect 2 "'sex' is not manipulable" "$cgm" query net.yaml --target cured --do sex=m

exit $failed
