#!/bin/sh
# All tasks on all phantoms: experiments/dip/run.sh FOLDER [OPTION...]. What cgm restore prints goes to FOLDER/TASK.PHANTOM.txt, and
# the strips beside it; further options are for every restoration.
set -eu
folder=$1
shift
cgm=${CGM:-./cgm}
here=$(dirname "$0")
mkdir -p "$folder"
for task in denoise inpaint sr deblur ct mri; do
    for phantom in shepp_logan brain texture text; do
        at=$folder/$task.$phantom
        echo "$task $phantom"
        "$cgm" restore phantom:$phantom --config "$here/config.yaml" --task $task -o "$at.png" --png "$at.strip.png" "$@" | tee "$at.txt"
    done
done
