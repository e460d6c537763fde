#!/bin/sh
# cgm restore as a user meets it: each task on small phantoms, PNG files of both depths and odd sizes, what is refused.
. "${srcdir:-.}/tests/cli.sh"
python=/usr/bin/python3

cat >net.yaml <<END
network: {depth: 2, down: 6, up: 6, skip: 2, input_depth: 4}
fit: {iterations: 12}
END
small='--config net.yaml --set side=21' own='--config net.yaml'
restore() { # STATUS TEXT ARGUMENT...
    status=$1 text=$2
    shift 2
    # shellcheck disable=SC2086
    expect "$status" "$text" "$cgm" restore "$@" --threads 1 -q
}

# Each task, degraded here; sides that are no multiple of anything.
for task in denoise inpaint deblur ct mri; do
    # shellcheck disable=SC2086
    restore 0 'deep image prior' phantom:brain --task $task $small -o $task.png --png $task.strip.png --history $task.h5
    for file in $task.png $task.strip.png $task.h5; do
        [ -s $file ] || fail "$task wrote no $file"
    done
done
grep -q 'total variation' out || fail "no other methods in: $(cat out)"
# shellcheck disable=SC2086
restore 0 'bicubic' phantom:text --task sr --factor 2 $small --set side=22 -o sr.png
# shellcheck disable=SC2086
restore 0 '(21 x 21' phantom:text --task ct $small --set beam=fan --set views=9 --set baselines=false -o fan.png
grep -q 'Tikhonov' out && fail "baselines: false still computes them"

# A file, seen by its truth or not; previews; a mask.
cp denoise.png noisy.png
# shellcheck disable=SC2086
restore 0 'wrote a.png (21 x 21, image' noisy.png --task denoise $own -o a.png --set fit.stop=variance --set fit.window=4
grep -q 'PSNR' out && fail "scores without a truth"
# shellcheck disable=SC2086
restore 0 'PSNR' noisy.png --task denoise $own -o b.png --truth denoise.png --set fit.stop=variance --set fit.window=4
cmp -s a.png b.png || fail "other bits with a truth"
# shellcheck disable=SC2086
expect 2 'only kind skip reads it' "$cgm" restore noisy.png --task inpaint --mask noisy.png -o no.png --set network.kind=unet --set network.skip=3
# shellcheck disable=SC2086
restore 0 'wrote c.h5' noisy.png --task inpaint --mask noisy.png $own -o c.png --set preview=5 --history c.h5

# What is refused, in one line, with nothing written.
refuse() { # TEXT ARGUMENT...
    text=$1
    shift
    expect 2 "$text" "$cgm" restore "$@" -o no.png -q
    [ -e no.png ] && fail "a refused restoration left no.png: $*"
    rm -f no.png
}
head -c 60 noisy.png >cut.png
refuse 'cut.png' cut.png --task denoise
refuse 'no-such.png' no-such.png --task denoise
refuse 'missing key "task"' noisy.png
refuse 'too small for a network of depth 5; network.depth=4 fits' noisy.png --task denoise
refuse 'expected at most 100' noisy.png --task denoise --set max_pixels=100
refuse 'as the image has' noisy.png --task inpaint --mask sr.png --set network.depth=2
refuse 'task denoise does not read it' noisy.png --task denoise --factor 2
refuse 'expected a mask' noisy.png --task inpaint --set network.depth=2
refuse 'multiples of the factor' phantom:text --task sr --factor 4 --set side=22 --set network.depth=2
refuse 'did you mean' phantom:shep_logan --task denoise
refuse "there is no 'denoize'" phantom:brain --task denoise --set setting=denoize
refuse 'does not read it' phantom:brain --task denoise --set fit.window=9
refuse 'stop: noise does not read it' phantom:brain --task denoise --set fit.stop=noise --set fit.patience=9
refuse 'there is no noise to stop at' phantom:brain --task ct --set fit.stop=noise --set side=21 --set network.depth=2
refuse 'only a simulation without a mask reads it' noisy.png --task inpaint --mask noisy.png --set missing=0.2
refuse 'other images have a size' noisy.png --task denoise --set side=30
refuse 'only beam: fan reads it' phantom:brain --task ct --set distance=3
refuse 'at most max_pixels, 1000' noisy.png --task sr --factor 2 --set max_pixels=1000
# Before it is drawn, or the name would be what is wrong.
refuse 'an image of 8192 x 8192 pixels; expected at most max_pixels, 16777216' phantom:txt --task denoise --set side=8192
refuse 'expected one of them' noisy.png --task denoise --simulate --truth noisy.png
refuse 'truth of 22 x 22' noisy.png --task denoise --set network.depth=2 --truth sr.png
refuse 'not an HDF5 file' noisy.png --task ct
expect 2 'no/where' "$cgm" restore phantom:brain --task denoise -o no/where.png
expect 2 'expected -o FILE.png' "$cgm" restore phantom:brain --task denoise

# Sinograms, k-space and pictures of 16 bits need a writer; without python these cases are left out.
if $python -c 'import h5py, numpy' 2>/dev/null; then
    $python - <<'PY'
import h5py, math, numpy, struct, zlib
with h5py.File("s.h5", "w") as f:
    f["sinogram"] = numpy.full((9, 31), 0.2)
    f["angles"] = numpy.arange(9) * math.pi / 9
with h5py.File("bad.h5", "w") as f:
    f["sinogram"] = numpy.full((9, 31), 0.2)
    f["angles"] = numpy.arange(8) * math.pi / 9
with h5py.File("nan.h5", "w") as f:
    s = numpy.full((9, 31), 0.2)
    s[3, 4] = math.nan
    f["sinogram"], f["angles"] = s, numpy.arange(9.0)
image = numpy.outer(numpy.hanning(18), numpy.hanning(20))
k = numpy.fft.fft2(image, norm="ortho")
k[5:14] = 0
with h5py.File("k.h5", "w") as f:
    f["kspace"] = numpy.stack([k.real, k.imag])
rows = b"".join(b"\0" + b"".join(struct.pack(">H", int(65535 * v)) for v in row) for row in image)
chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
with open("deep.png", "wb") as f:
    f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 20, 18, 16, 0, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
PY
    # shellcheck disable=SC2086
    restore 0 '(21 x 21' s.h5 --task ct $own -o s.png
    # shellcheck disable=SC2086
    restore 0 '(18 x 20' k.h5 --task mri $own -o k.png
    # shellcheck disable=SC2086
    restore 0 '(18 x 20' deep.png --task denoise $own -o deep2.png
    [ "$(od -An -tu1 -j24 -N1 deep2.png | tr -d ' ')" = 16 ] || fail "a picture of 16 bits came back in 8"
    refuse '8 angles, but the sinogram has 9 rows' bad.h5 --task ct
    refuse 'number 97 is not finite' nan.h5 --task ct
    refuse 'there is no kspace' s.h5 --task mri
else
    echo "skipped: no h5py"
fi
exit "$failed"
