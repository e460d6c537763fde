#!/bin/sh
# Augmentation from the command: trained with, resumed, drawn, and refused where a parent describes what it would change.
. "${srcdir:-.}/tests/cli.sh"

cat >c.yaml <<END
data: {make: strokes, n: 60, seed: 1, test: 10, pad: 2}
graph:
  digit:     {type: categorical, levels: 10, describes: handedness}
  thickness: {type: continuous, range: [0.5, 8], describes: [size, texture]}
  image:     {type: image, parents: [thickness, digit], mechanism: {kind: cvae, latent: 4, width: 8, hidden: 16}}
train:
  epochs: 2
  batch: 10
  warmup: 2
  augment: {crop: 3, shift: 1.5, rotation: 15, brightness: 20, contrast: [0.8, 1.25], gamma: [0.8, 1.25]}
END
expect 0 'wrote whole.h5' "$cgm" train c.yaml -o whole.h5
expect 0 'identical' "$cgm" rerun whole.h5
expect 0 'rotation: 15' "$cgm" info whole.h5
expect 0 'describes: handedness' "$cgm" info whole.h5
expect 0 'identical' "$cgm" rerun whole.h5 --threads 1
expect 0 'wrote sheet.png' "$cgm" data info c.yaml --png sheet.png --augment -n 16
expect 0 'wrote other.png' "$cgm" data info c.yaml --png other.png --augment -n 16 --seed 2
cmp -s sheet.png other.png && fail "another seed drew the same sheet"
expect 2 'expected --png' "$cgm" data info c.yaml --augment
expect 2 'only for the draws of --augment' "$cgm" data info c.yaml --png no.png --seed 2
expect 0 'wrote s.h5' "$cgm" data make strokes -n 20 -o s.h5
expect 2 'expected a config (.yaml) instead of s.h5' "$cgm" data info s.h5 --augment --png no.png

# An image that is mirrored is no longer of the hand that its parents say it is.
refuse() { expect 2 "$1" "$cgm" train "$2" -o no.h5; }
sed 's/crop: 3/flip: true/' c.yaml >d.yaml
refuse "d.yaml:10: train.augment.flip: flip changes the handedness of images, which 'digit' describes, a parent of 'image'" d.yaml
sed 's/epochs: 2/flip: true/' c.yaml >d.yaml
refuse "d.yaml:7: train.flip: flip changes the handedness" d.yaml
sed 's/rotation: 15/scale: [0.9, 1.1]/' c.yaml >d.yaml
refuse "d.yaml:10: train.augment.scale: scale changes the size of images, which 'thickness' describes" d.yaml
sed 's/rotation: 15/noise: 3/' c.yaml >d.yaml
refuse "train.augment.noise: noise changes the texture" d.yaml
expect 2 '--set train.augment.shear' "$cgm" train c.yaml -o no.h5 --set train.augment.shear=5
sed 's/describes: handedness/describes: handedness, parents: [thickness]/; s/parents: \[thickness, digit\]/parents: [digit]/' c.yaml >d.yaml
sed 's/rotation: 15/scale: [0.9, 1.1]/' d.yaml >e.yaml
expect 0 'wrote e.h5' "$cgm" train e.yaml -o e.h5

sed 's/crop: 3/crop: -2/' c.yaml >d.yaml
refuse 'd.yaml:10: train.augment.crop: expected a whole number from 0 to 1024, got -2' d.yaml
sed 's/rotation: 15/rotation: 200/' c.yaml >d.yaml
refuse 'd.yaml:10: train.augment.rotation: expected a number from 0 to 180, got 200' d.yaml
sed 's/contrast: \[0.8, 1.25\]/contrast: 0.8/' c.yaml >d.yaml
refuse 'train.augment.contrast: expected two numbers [low, high], got 0.8' d.yaml
sed 's/rotation/rotatoin/' c.yaml >d.yaml
refuse 'train.augment.rotatoin: unknown key; did you mean "rotation"?' d.yaml
sed 's/epochs: 2/crop: 1/' c.yaml >d.yaml
refuse 'd.yaml:10: train.augment.crop: train.crop is there too; expected one of them' d.yaml
sed 's/describes: handedness/describes: handednes/' c.yaml >d.yaml
refuse "d.yaml:3: describes: 'handednes'; expected some of handedness, position, orientation, size, intensity, texture, amplitude; did you mean 'handedness'?" d.yaml
# A gain takes along what describes amplitude, which nothing else may change, and no predictor reads wrongly then.
sed 's/describes: \[size, texture\]/describes: amplitude/' c.yaml >d.yaml
refuse "d.yaml:10: train.augment.contrast: contrast changes the amplitude of images, which 'thickness' describes" d.yaml
cat >g.yaml <<END
data: {make: strokes, n: 60, seed: 1, test: 10, pad: 2}
graph:
  thickness: {type: continuous, range: [0.5, 8]}
  intensity: {type: continuous, range: [64, 255], parents: [thickness], describes: amplitude}
  image:     {type: image, parents: [thickness, intensity], mechanism: {kind: cvae, latent: 4, width: 8, hidden: 16}}
train: {epochs: 2, batch: 10, warmup: 2, augment: {gain: [0.3, 3]}}
predictors:
  intensity: {from: image, width: 2, batch: 10, epochs: 2, augment: {gain: [0.3, 3]}}
END
expect 0 'wrote gain.h5' "$cgm" train g.yaml -o gain.h5
expect 0 'identical' "$cgm" rerun gain.h5 --threads 1
expect 0 'describes: amplitude' "$cgm" info gain.h5
sed 's/describes: amplitude/describes: intensity/' g.yaml >d.yaml
refuse "d.yaml:8: predictors.intensity.augment.gain: gain changes the intensity of images, which 'intensity' describes" d.yaml
sed 's/type: categorical, levels: 10, describes: handedness/type: categorical, levels: 10, describes: amplitude/' c.yaml >d.yaml
refuse 'd.yaml:3: digit: describes: amplitude: only a continuous variable is proportional to pixels' d.yaml
sed 's/type: image,/type: image, describes: size,/' c.yaml >d.yaml
refuse 'd.yaml:5: image: an image variable has no describes' d.yaml
[ -e no.h5 ] || [ -e no.png ] && fail "a failed command left a file"
exit "$failed"
