noinst_LTLIBRARIES += lib/config/libconfig.la
modules += lib/config/libconfig.la
lib_config_libconfig_la_SOURCES = lib/config/tree.h lib/config/number.h lib/config/yaml.c lib/config/node.c \
  lib/config/override.c lib/config/schema.c lib/config/nearest.c lib/config/number.c lib/config/emit.c
