#!/bin/sh
# Whether the counterfactuals of the mediator and of its fine-tuned version are sound: experiments/morphomnist/run.sh FOLDER DIRECTORY
# [OPTION...], DIRECTORY that of the data. 85 minutes of training, at most 22 of predictors and tuning, and the
# evaluations. What cgm run prints goes to FOLDER/mediator.txt and
# FOLDER/tuned.txt, and the targets with what was achieved are printed too. A run that was ended goes on where it was, and asks its
# questions again. Further options are for both runs. Ends with 1 where a target is missed.
set -eu
folder=$1 data=$2
shift 2
cgm=${CGM:-./cgm}
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$folder/tuned"

"$cgm" run "$here/evaluate.yaml" -o "$folder/mediator" --data "$data" "$@" >"$folder/mediator.txt"
[ -e "$folder/tuned/run.h5" ] || {
    cp "$folder/mediator/run.h5" "$folder/tuned/run.part"
    mv "$folder/tuned/run.part" "$folder/tuned/run.h5"
}
"$cgm" run "$here/finetune.yaml" -o "$folder/tuned" --data "$data" "$@" >"$folder/tuned.txt"

missed=0
for run in mediator tuned; do
    awk -v run="$run" '/^(target:|wrote|image:)/ { on = 0 } /^what was expected/ { on = 1; print "\n" run ":" } on' "$folder/$run.txt"
    ! grep -q ' missed' "$folder/$run.txt" || missed=1
done
exit "$missed"
