# From what cgm restore printed, files SIDE.TASK.PHANTOM.SEED.txt, a table of targets and one of all figures, as Markdown: awk -f table.awk
# FILE... Ends with 1 where a target is missed.
FNR == 1 {
    name = FILENAME
    sub(/.*\//, "", name)
    sub(/\.txt$/, "", name)
    split(name, part, ".")
    cases[++n] = name
    side[name] = part[1]; task[name] = part[2]; phantom[name] = part[3]; seed[name] = part[4]
    next
}
/^wrote .* x .*image/ { # wrote FILE (128 x 128, image 397 of 600 iterations, 9.2 s)
    match($0, /image [0-9]+ of [0-9]+/)
    split(substr($0, RSTART, RLENGTH), word, " ")
    kept[name] = word[2]; made[name] = word[4]
    match($0, /[0-9.]+ s\)/)
    seconds[name] = substr($0, RSTART, RLENGTH - 3)
    next
}
/^wrote/ { next }
NF >= 3 { # a method's name, dB, similarity
    method = $1
    for (i = 2; i <= NF - 2; i++) method = method " " $i
    psnr[name, method] = $(NF - 1); ssim[name, method] = $NF
    if (!(method in known)) { known[method] = 1; methods[++m] = method }
}

# One target: at least so many dB more than the method; "beats" where that is 0.
function want(name, method, least,    has, gained, met, achieved) {
    has = (name, method) in psnr # asked before it is looked at, which makes it
    gained = psnr[name, own] - psnr[name, method]
    met = has && (least > 0 ? gained >= least : gained > 0)
    achieved = !has ? "it was not computed" : sprintf("%+.2f dB (%s for %s)", gained, psnr[name, own], psnr[name, method])
    wanted++
    missed += !met
    line[wanted] = sprintf("| %s %s, seed %s: %s | %s | %s | %s |", task[name], phantom[name], seed[name], method,
        least > 0 ? "at least +" least " dB" : "more", achieved, met ? "met" : "MISSED")
}

END {
    own = "deep image prior"
    for (i = 1; i <= n; i++) {
        c = cases[i]
        if (side[c] != 128) continue
        if (task[c] == "denoise") { want(c, "measured", 6); want(c, "median", 0); want(c, "Tikhonov", 0) }
        if (task[c] == "inpaint" && phantom[c] == "texture") want(c, "total variation", 0)
        if (task[c] == "sr") want(c, "bicubic", 0)
        if (task[c] == "ct") want(c, "filtered back-projection", 5)
    }
    print "| target, at 128 x 128: the deep image prior against | wanted | achieved | verdict |\n|---|---|---|---|"
    for (i = 1; i <= wanted; i++) print line[i]
    printf "| all | %d | %d | %s |\n\n", wanted, wanted - missed, missed ? "MISSED" : "met"

    head = "| task | picture | side | seed | iterations | s |"; rule = "|---|---|---|---|---|---|"
    for (k = 1; k <= m; k++) { head = head " " methods[k] " |"; rule = rule "---|" }
    print "PSNR in dB and, behind the stroke, structural similarity:\n\n" head "\n" rule
    for (i = 1; i <= n; i++) {
        c = cases[i]
        row = sprintf("| %s | %s | %s | %s | %s of %s | %s |", task[c], phantom[c], side[c], seed[c], kept[c], made[c], seconds[c])
        for (k = 1; k <= m; k++)
            row = row " " ((c, methods[k]) in psnr ? psnr[c, methods[k]] " / " ssim[c, methods[k]] : "") " |"
        print row
    }
    exit missed > 0
}
