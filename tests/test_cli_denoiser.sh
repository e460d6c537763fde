#!/bin/sh
# cgm denoiser, and cgm restore by what learnt from other images, as a user meets them.
. "${srcdir:-.}/tests/cli.sh"

tiny='--set patch=16 --set batch=2 --set width=3 --set layers=2 --iterations 3 --threads 1 -q'
denoiser() { # STATUS TEXT ARGUMENT...
    status=$1 text=$2
    shift 2
    # shellcheck disable=SC2086
    expect "$status" "$text" "$cgm" denoiser "$@" $tiny
}
restore() { # STATUS TEXT ARGUMENT...
    status=$1 text=$2
    shift 2
    expect "$status" "$text" "$cgm" restore "$@" --threads 1 -q
}

# A denoiser, of several sources; the same again, bit by bit; noisy targets; unrolled networks.
denoiser 0 'wrote d.h5 (denoiser, 8 images' phantom:text phantom:shepp_logan -o d.h5
denoiser 0 'wrote d2.h5' phantom:text phantom:shepp_logan -o d2.h5
restore 0 'plug and play' phantom:brain --task denoise --denoiser d.h5 --set method=plug_and_play --set side=21 -o a.png
restore 0 'wrote b.png (21 x 21, plug and play)' phantom:brain --task denoise --denoiser d2.h5 --set method=plug_and_play --set side=21 -o b.png
cmp -s a.png b.png || fail "the same training gave another network"
restore 0 'wrote c.png' phantom:brain --task denoise --denoiser d.h5 --set method=plug_and_play --set side=21 --set plug_and_play.last=60 -o c.png
cmp -s a.png c.png && fail "plug_and_play.last does nothing"
denoiser 0 'wrote n.h5 (denoiser' a.png -o n.h5 --set noise2noise=true --set 'levels=[10, 20]'
mkdir folder && cp a.png b.png folder
denoiser 0 '2 images' folder -o f.h5
denoiser 0 'wrote u.h5 (unrolled, 2 steps' phantom:text -o u.h5 --task ct --set views=9 --set steps=2
denoiser 0 'wrote i.h5 (unrolled, 5 steps' phantom:text -o i.h5 --task inpaint

# All methods together, in the table, the strip and the file.
cat >net.yaml <<END2
network: {depth: 2, down: 4, up: 4, skip: 2, input_depth: 4}
fit: {iterations: 2}
END2
restore 0 'deep image prior' phantom:brain --task ct --config net.yaml --set side=21 --set views=9 --denoiser d.h5 --unrolled u.h5 \
    -o all.png --png strip.png --history all.h5
for name in 'plug and play' 'unrolled descent' 'total variation'; do
    grep -q "$name" out || fail "no $name in: $(cat out)"
done
[ -s strip.png ] && [ -s all.h5 ] || fail "no strip or history"
restore 0 'unrolled descent)' phantom:brain --task inpaint --set side=22 --unrolled i.h5 --set method=unrolled --set baselines=false -o i.png --history i.h5.h5

# Onto a generator.
cat >model.yaml <<END2
data: {make: strokes, n: 48, seed: 1, pad: 2}
graph:
  digit: {type: categorical, levels: 10}
  image: {type: image, parents: [digit], mechanism: {kind: cvae, latent: 3, width: 2, hidden: 4}}
train: {epochs: 1, batch: 16}
END2
expect 0 'run.h5' "$cgm" train model.yaml -o run.h5 --threads 1 -q
restore 0 'wrote p.png (32 x 32, projection)' phantom:text --task inpaint --set side=32 --generator run.h5 --set method=projection \
    --set projection.iterations=3 --set baselines=false -o p.png
restore 0 'projection)' phantom:text --task inpaint --set side=32 --generator run.h5:image --given digit=7 --set method=projection \
    --set projection.iterations=3 --set baselines=false -o p7.png
cmp -s p.png p7.png && fail "a given parent makes no difference"

# What is refused, in one line, with nothing written.
refuse() { # TEXT ARGUMENT...
    text=$1
    shift
    expect 2 "$text" "$cgm" restore "$@" -o no.png -q --threads 1
    [ -e no.png ] && fail "a refused restoration left no.png: $*"
    rm -f no.png
}
small='--set network.depth=2'
# shellcheck disable=SC2086
{
refuse 'makes images of 32 x 32 pixels in 1 channels; expected 21 x 21' a.png --task denoise --generator run.h5 $small
refuse 'the image has no parent' phantom:text --task denoise --set side=32 --generator run.h5 --given digti=7 $small
refuse 'digit: ' phantom:text --task denoise --set side=32 --generator run.h5 --given digit=11 $small
refuse "'digit' is a scalar; expected an image" phantom:text --task denoise --generator run.h5:digit
refuse "there is no variable 'imge'" phantom:text --task denoise --generator run.h5:imge
refuse 'not a run file' phantom:text --task denoise --generator d.h5
refuse 'no-such.h5' phantom:text --task denoise --generator no-such.h5
refuse 'there is no generator, which alone reads it' phantom:text --task denoise --given digit=7
refuse 'there is no denoiser, which alone reads it' phantom:text --task denoise --set plug_and_play.steps=3
refuse 'method: unrolled: expected the key unrolled too' phantom:text --task denoise --set method=unrolled
refuse 'fit: only method deep_image_prior reads it' phantom:text --task denoise --denoiser d.h5 --set method=plug_and_play --iterations 5
refuse 'u.h5: an unrolled network' a.png --task denoise --denoiser u.h5 $small
refuse 'd.h5: a denoiser; expected an unrolled network' a.png --task denoise --unrolled d.h5 $small
refuse 'trained for task ct; expected denoise' a.png --task denoise --unrolled u.h5 $small
refuse 'trained for a views of 9; expected 30' phantom:text --task ct --set side=21 --unrolled u.h5 $small
refuse 'expected a file that cgm denoiser writes' a.png --task denoise --denoiser run.h5 $small
refuse 'not an HDF5 file' a.png --task denoise --denoiser a.png $small
}
refused() { # TEXT ARGUMENT...
    text=$1
    shift
    denoiser 2 "$text" "$@" -o no.h5
    [ -e no.h5 ] && fail "a refused training left no.h5: $*"
    rm -f no.h5
}
refused 'did you mean' phantom:txt
refused "a denoiser's noise is levels" phantom:text --sigma 5
refused 'task sr does not read it' phantom:text --task sr --set views=4
expect 2 'patch=21 fits' "$cgm" denoiser a.png -o no.h5 -q
expect 2 'no/where' "$cgm" denoiser phantom:text -o no/where.h5
expect 2 'expected -o FILE.h5' "$cgm" denoiser phantom:text
expect 2 'denoiser: expected IMAGE' "$cgm" denoiser -o d.h5
exit "$failed"
