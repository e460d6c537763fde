# experiments
EXTRA_DIST += experiments/morphomnist/vae.yaml experiments/morphomnist/hvae.yaml experiments/morphomnist/mediator.yaml
EXTRA_DIST += experiments/morphomnist/config.yaml experiments/morphomnist/README.md
EXTRA_DIST += experiments/quickstart/quickstart.yaml experiments/quickstart/README.md experiments/quickstart/cf.png
EXTRA_DIST += experiments/quickstart/effects.png experiments/quickstart/graph.png
