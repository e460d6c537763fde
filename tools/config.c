/* Configs that a subcommand's own options fill. */
#include "tools/tool.h"

static cgm_status set(cgm_config *config, cgm_arena *arena, const tool_setting *s)
{
    const char *text = s->quoted && s->text ? cgm_yaml_quote(arena, s->text) : s->text;
    if (!s->text) return CGM_OK;
    char *assignment = text ? cgm_arena_printf(arena, "%s=%s", s->key, text) : NULL;
    return assignment ? cgm_config_set(config, assignment) : CGM_E_MEMORY;
}

static cgm_status fill(const tool_options *o, size_t n, const tool_setting *settings, cgm_config *config)
{
    cgm_arena arena = {0};
    cgm_status status = CGM_OK;
    for (size_t i = 0; i < n && status == CGM_OK; i++) status = set(config, &arena, &settings[i]);
    for (size_t i = 0; i < o->sets.n && status == CGM_OK; i++) status = cgm_config_set(config, o->sets.text[i]);
    cgm_arena_clear(&arena);
    return status;
}

cgm_status tool_config(const tool_options *o, size_t n, const tool_setting *settings, cgm_config **out)
{
    cgm_config *config = NULL;
    if (o->config)
        CGM_TRY(cgm_config_load(o->config, &config));
    else
        CGM_TRY(cgm_config_parse("{}", "--set", &config));
    cgm_status status = fill(o, n, settings, config);
    if (status == CGM_OK)
        *out = config;
    else
        cgm_config_destroy(config);
    return status;
}
