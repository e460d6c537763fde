# Part of scm's library: exact inference in discrete Bayesian networks.
scm_libscm_la_SOURCES += scm/discrete/network.h scm/discrete/inference.h scm/discrete/object.h scm/discrete/names.h \
  scm/discrete/names.c scm/discrete/network.c scm/discrete/check.c scm/discrete/order.c scm/discrete/lookup.c \
  scm/discrete/bif_lexer.h scm/discrete/bif_lexer.c scm/discrete/bif_table.h scm/discrete/bif_table.c scm/discrete/bif.c \
  scm/discrete/factor.h scm/discrete/factor.c scm/discrete/eliminate.h scm/discrete/relevant.c scm/discrete/elimination_order.c \
  scm/discrete/eliminate.c scm/discrete/inference.c scm/discrete/tabulate.h scm/discrete/tabulate.c \
  scm/discrete/convert.h scm/discrete/from_scm.c scm/discrete/to_scm.c
