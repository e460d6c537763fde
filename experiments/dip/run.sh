#!/bin/sh
# All tasks on pictures made by formulas, and whether the deep image prior is as good as it should be: experiments/dip/run.sh FOLDER [OPTION...].
# What cgm restore prints goes to FOLDER/CASE.txt, and the image and the strip beside it; FOLDER/table.md has all figures, and the
# targets with what was achieved, which are printed too. A case whose text is there is not restored again, so a run that was ended
# goes on. Further options are for every restoration. Ends with 1 where a target is missed.
set -eu
folder=$1
shift
cgm=${CGM:-./cgm}
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$folder"

restore() { # SIDE TASK PHANTOM SEED CONFIG OPTION...
    at=$folder/$1.$2.$3.$4 side=$1 task=$2 phantom=$3 seed=$4 config=$5
    shift 5
    [ -s "$at.txt" ] && return
    echo "$task $phantom, $side x $side, seed $seed"
    rm -f "$at.part"
    "$cgm" restore "phantom:$phantom" --config "$here/$config.yaml" --task "$task" --seed "$seed" --set "side=$side" -o "$at.png" \
        --png "$at.strip.png" "$@" >"$at.part"
    mv "$at.part" "$at.txt"
}

for seed in 1 2 3; do
    for phantom in brain texture text; do restore 128 denoise $phantom $seed denoise "$@"; done
done
for phantom in brain texture text; do restore 128 inpaint $phantom 1 config "$@"; done
for phantom in shepp_logan brain texture; do restore 128 sr $phantom 1 config "$@"; done
for phantom in shepp_logan brain thorax; do restore 128 ct $phantom 1 ct "$@"; done
shown='--iterations 800'          # of four times as many pixels
exactly='--set fit.input_noise=0' # where pixels are measured through one another, that blurs
# shellcheck disable=SC2086
{
    restore 256 denoise brain 1 denoise $shown "$@"
    restore 256 inpaint texture 1 config $shown "$@"
    restore 256 sr shepp_logan 1 config $shown "$@"
    restore 256 deblur text 1 config $exactly $shown "$@"
    restore 256 ct shepp_logan 1 ct $shown "$@"
    restore 256 mri brain 1 config $exactly $shown "$@"
}

failed=0
awk -f "$here/table.awk" "$folder"/*.*.*.*.txt >"$folder/table.part" || failed=$?
mv "$folder/table.part" "$folder/table.md"
sed -n '/^| target/,/^$/p' "$folder/table.md"
exit "$failed"
