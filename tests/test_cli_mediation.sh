#!/bin/sh
# cgm mediate as a user meets it: effects with every kind of interval, along paths, on images, their files, and mistakes.
. "${srcdir:-.}/tests/cli.sh"

# m = 1 + t / 2 +- 1 and y = 0.3 + 0.8 t + 1.2 m +- 0.5 in equal numbers: least squares finds these.
awk 'BEGIN {print "t,m,y,b,z"; for (i = 0; i < 64; i++) { t = i % 2; m = 1 + t / 2 + (int(i / 2) % 2 ? 1 : -1)
    print t "," m "," .3 + .8 * t + 1.2 * m + (int(i / 4) % 2 ? .5 : -.5) "," (m + i % 5 > 3 ? "yes" : "no") "," t * m + m + i % 3 } }' >d.csv
cat >m.yaml <<END
graph:
  t: {type: binary}
  m: {type: continuous, parents: [t], mechanism: linear_gaussian}
  y: {type: continuous, parents: [t, m], mechanism: linear_gaussian}
  b: {type: binary, levels: ['no', 'yes'], parents: [t, m], mechanism: probit}
  z: {type: continuous, parents: [t, m], mechanism: {kind: linear_gaussian, interactions: [[t, m]]}}
END
expect 0 'wrote m.h5' "$cgm" train m.yaml --data d.csv -o m.h5
ask() { "$cgm" mediate m.h5 --treatment t --outcome "$@"; }

expect 0 't: 0 -> 1, through m, on y; 64 rows, closed form' ask y --mediator m
grep -q '^NIE(0) *0\.6$' out && grep -q '^NDE(1) *0\.8$' out && grep -q '^TE *1\.4$' out || fail "wrong effects: $(cat out)"
expect 0 '90 % intervals, percentile bootstrap, 20 resamples, seed 7' ask y --mediator m --bootstrap 20 --level 0.9 --seed 7
expect 0 '95 % intervals, BCa bootstrap, 20 resamples, seed 1' ask y --mediator m --bootstrap 20 --bca
expect 0 'quasi-Bayesian, 20 draws of the coefficients' ask y --mediator m --quasi-bayesian 20
expect 0 'closed form' ask b=yes --mediator m
expect 0 'PSE(s): along the paths alone' ask y --path 't->m->y'
grep -q '^PSE(0) *0\.6$' out || fail "wrong effect along a path: $(cat out)"
expect 0 '"quasi_bayesian": 20' ask y --mediator m --path 't->y' --quasi-bayesian 20 --json
expect 0 '"paths": [' ask y --path 't->y' --json
expect 0 'NIE is 0 at rho' ask y --mediator m --rho
grep -q '^ *rho *NIE *NDE$' out && grep -q '^ *0\.0 *0\.6 *0\.8$' out || fail "no table of a row a rho: $(cat out)"
expect 0 'quasi-Bayesian, 5 draws' ask y --mediator m --rho --quasi-bayesian 5
grep -q '^ *0\.0 *0\.6 \[.*, .*\] *0\.8 \[.*, .*\]$' out || fail "no intervals: $(cat out)"
expect 0 'NIE(1) is 0 at rho' ask z --mediator m --rho -o r.csv
grep -q '^ *rho *NIE(0) *NIE(1) *NDE(0) *NDE(1)$' out || fail "no table of both levels: $(cat out)"
[ "$(wc -l <r.csv)" = 77 ] || fail "expected 4 effects at 19 rhos: $(cat r.csv)"
expect 0 '"rho_at_zero": [' ask y --mediator m --rho --json
expect 0 'wrote e.csv' ask y --mediator m --bootstrap 5 -o e.csv
head -1 e.csv | grep -q 'name,estimate,monte_carlo_error,standard_error,low,high' || fail "e.csv: $(cat e.csv)"
expect 0 'Effects in single rows' ask y --mediator m --split train --index 3,5 -o u.h5
grep -q '^ *5 *NIE(0) *0\.6$' out || fail "wrong effects in a row: $(cat out)"
[ -s u.h5 ] || fail "no u.h5"
expect 0 'its own value -> 1' ask y --mediator m --split train --from factual -n 2

expect 2 "mediator: there is no variable 'mm'" ask y --mediator mm
expect 2 'expected at least one mediator or one path' ask y
expect 2 "path 't->m': expected a path from 't' to 'y', such as 't->y'" ask y --path 't->m'
expect 2 "path 't->b->y': 'b' is no variable that 'y' depends on" ask y --path 't->b->y'
expect 2 '--quasi-bayesian: expected no --bootstrap' ask y --mediator m --quasi-bayesian 5 --bootstrap 5
expect 2 "sensitivity: expected 'b' to be a fitted linear_gaussian variable" ask b --mediator m --rho
expect 2 "'y' has no levels" ask y=2 --mediator m
expect 2 "'maybe' is not a level of 'b'" ask b=maybe --mediator m
expect 2 'no test rows' ask y --mediator m -n 3
expect 2 '-o: effects in single rows are written as .h5' ask y --mediator m -n 3 --split train -o u.csv
expect 2 '--png: averages of a scalar outcome are no picture' ask y --mediator m --png no.png
expect 2 '--mean-png: averages of a scalar outcome are no picture' ask y --mediator m --mean-png no.png
expect 0 '5 resamples, seed 1; rows are resampled' ask y --mediator m --split train --given 't=1' --from factual -n 9 --bootstrap 5

cat >i.yaml <<END
data: {make: strokes, n: 80, seed: 1, test: 16, pad: 2}
graph:
  thickness: {type: continuous, range: [0.5, 8]}
  intensity: {type: continuous, range: [64, 255], parents: [thickness]}
  image:     {type: image, parents: [thickness, intensity], mechanism: {kind: cvae, latent: 2, width: 4, hidden: 8}}
train: {epochs: 1, batch: 16}
END
expect 0 'wrote i.h5' "$cgm" train i.yaml -o i.h5 -q
expect 0 'TE = NDE(0) + NIE(1)' "$cgm" mediate i.h5 --treatment thickness --mediator intensity --outcome image --from 1.5 --to 3.5 -n 2 -o ie.h5 --png ie.png
[ -s ie.h5 ] && [ -s ie.png ] || fail "no files of the effects on an image"
grep -q '95 % intervals, percentile bootstrap, 200 resamples, seed 1; rows are resampled' out || fail "no intervals of the mean: $(cat out)"
on_image() { "$cgm" mediate i.h5 --treatment thickness --outcome image --to 3.5 --mediator intensity "$@"; }
expect 0 'wrote im.png (picture of the means)' on_image --from factual -n 3 --bootstrap 5 --level 0.8 --mean-png im.png
grep -q 'through intensity, on image; 3 rows' out || fail "not through intensity: $(cat out)"
[ -s im.png ] || fail "no picture of the means"
expect 0 '"beside_zero": ' on_image --from 1 -n 3 --bootstrap 5 --json
expect 0 'on image; 2 rows' on_image --from 1 --given 'thickness > 1' -n 2 --bootstrap 0
grep -q ' high' out && fail "intervals that nobody asked for: $(cat out)"
expect 2 "mediator: 'image.z' does not depend on" "$cgm" mediate i.h5 --treatment thickness --outcome image --to 3.5 --from factual -n 2
expect 0 'composition after 1 ' "$cgm" counterfactual i.h5 --do thickness=3 -n 4 --temperature 0.1 --pixel-temperature 0 --cycles 3
grep -q ', after 3 ' out || fail "no composition after 3 cycles: $(cat out)"
expect 0 'denoising noisy ' "$cgm" counterfactual i.h5 --do thickness=3 -n 4 --denoise 0.5
expect 2 'cycles: the graph has no image' "$cgm" counterfactual m.h5 --do t=1 --split train -n 4 --cycles 3
cat >h.yaml <<END
data: {make: strokes, n: 80, seed: 1, test: 16, pad: 2}
graph:
  thickness: {type: continuous, range: [0.5, 8]}
  intensity: {type: continuous, range: [64, 255], parents: [thickness]}
  image:
    type: image
    parents: [thickness, intensity]
    mechanism: {kind: hvae, encoder: '32b1d4,8b1d8,1b1', decoder: '1b1,8b1,32b1', widths: '4,4,8', bottleneck: 1, latent: 2, prior: conditional}
train: {epochs: 2, batch: 16}
END
expect 0 'wrote h.h5' "$cgm" train h.yaml -o h.h5 -q
expect 0 'through image.z, on image; 3 rows' "$cgm" mediate h.h5 --treatment thickness --outcome image --to 3.5 --from factual -n 3 -o he.h5
grep '^ *mean *NIE(0)' out | grep -qv 'NIE(0) *0 ' || fail "nothing runs through z: $(cat out)"
expect 2 "mediator 'image.z': it holds" "$cgm" mediate h.h5 --treatment thickness --outcome image --mediator image.z --from 1 --to 3 --fix 1
expect 2 'percentile bootstrap alone' on_image --from 1 --bootstrap 9 --bca
expect 2 "treatment 'thickness': 9" on_image --from 9
expect 2 "'image.zz'" on_image --from 1 --mediator image.zz
expect 2 'no row is left' on_image --from 1 --given 'thickness > 100'
expect 2 "condition" on_image --from 1 --given 'thickness >'
expect 2 '/nowhere/e.h5' on_image --from 1 -n 2 -o /nowhere/e.h5
expect 2 '/nowhere/e.png' on_image --from 1 -n 2 --png /nowhere/e.png
expect 2 "'intensity', is no image to draw" "$cgm" mediate i.h5 --treatment thickness --outcome intensity --path 'thickness->intensity' -n 2 --to 3 --from 1 --mean-png no.png
expect 2 'is no ancestor of the outcome' "$cgm" mediate i.h5 --treatment intensity --outcome thickness --mediator image.z -n 2
ls ./*.tmp* >/dev/null 2>&1 && fail "a file that was not finished: $(ls)"
exit $failed
