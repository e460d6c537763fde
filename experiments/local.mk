# experiments
EXTRA_DIST += experiments/morphomnist/vae.yaml experiments/morphomnist/hvae.yaml experiments/morphomnist/mediator.yaml
EXTRA_DIST += experiments/morphomnist/evaluate.yaml experiments/morphomnist/finetune.yaml
EXTRA_DIST += experiments/morphomnist/README.md experiments/morphomnist/grid.png
EXTRA_DIST += experiments/morphomnist/report.png experiments/morphomnist/effects.png experiments/morphomnist/mean_effects.png
EXTRA_DIST += experiments/quickstart/quickstart.yaml experiments/quickstart/README.md experiments/quickstart/cf.png
EXTRA_DIST += experiments/quickstart/effects.png experiments/quickstart/graph.png
EXTRA_DIST += experiments/folder/config.yaml experiments/folder/README.md
EXTRA_DIST += experiments/fashion_mnist/config.yaml experiments/fashion_mnist/hvae.yaml experiments/fashion_mnist/README.md
EXTRA_DIST += experiments/autoencoder/config.yaml experiments/autoencoder/README.md
EXTRA_DIST += experiments/cyclegan/strokes.yaml experiments/cyclegan/slant.yaml experiments/cyclegan/phantoms.yaml
EXTRA_DIST += experiments/cyclegan/README.md experiments/cyclegan/strokes.png
EXTRA_DIST += experiments/dip/README.md experiments/dip/run.sh experiments/dip/table.awk experiments/dip/config.yaml experiments/dip/denoise.yaml
EXTRA_DIST += experiments/dip/denoise.png experiments/dip/inpaint.png experiments/dip/sr.png experiments/dip/ct.png
EXTRA_DIST += experiments/gan/ring.yaml experiments/gan/grid.yaml experiments/gan/collapse.yaml experiments/gan/images.yaml
EXTRA_DIST += experiments/gan/morphomnist.yaml
EXTRA_DIST += experiments/gan/progressive.yaml experiments/gan/style.yaml
EXTRA_DIST += experiments/gan/README.md experiments/gan/sheet.png experiments/gan/style.png experiments/gan/grid.png experiments/gan/collapse.png
