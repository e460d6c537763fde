#include "tools/report/html.h"

#include <stdarg.h>
#include <string.h>

void html_text(FILE *f, const char *text)
{
    for (; *text; text++) {
        const char *name = *text == '&' ? "&amp;" : *text == '<' ? "&lt;" : *text == '>' ? "&gt;" : NULL;
        if (*text == '"') name = "&quot;";
        if (name)
            fputs(name, f);
        else
            fputc(*text, f);
    }
}

void html_element(FILE *f, const char *tag, const char *text)
{
    fprintf(f, "<%s>", tag);
    html_text(f, text);
    fprintf(f, "</%s>\n", tag);
}

void html_printf(FILE *f, const char *tag, const char *format, ...)
{
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    html_element(f, tag, text);
}

void html_section(FILE *f, const char *id, const char *title)
{
    fprintf(f, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">", id, id);
    html_text(f, title);
    fputs("</h2>\n", f);
}

void html_section_end(FILE *f)
{
    fputs("</section>\n", f);
}

/* What the heading of a column without one is. */
static const char *heading_of(const tool_column *column)
{
    return column->heading[0] ? column->heading : column->key;
}

static cgm_status write_row(FILE *f, size_t n, const tool_column *columns, const json_t *rows, const json_t *row)
{
    cgm_arena arena = {0};
    cgm_status status = CGM_OK;
    bool first = true;
    fputs("<tr>", f);
    for (size_t k = 0; k < n && status == CGM_OK; k++) {
        const char *text = tool_column_text(&columns[k], row, &arena);
        if (!text) status = CGM_E_MEMORY;
        if (!text || !tool_column_is_shown(&columns[k], rows)) continue;
        bool left = tool_column_is_left(&columns[k], rows);
        fprintf(f, first ? "<th scope=\"row\"" : "<td");
        fputs(left ? ">" : " class=\"number\">", f);
        html_text(f, text);
        fputs(first ? "</th>" : "</td>", f);
        first = false;
    }
    fputs("</tr>\n", f);
    cgm_arena_clear(&arena);
    return status;
}

cgm_status html_table(FILE *f, const char *caption, size_t n, const tool_column *columns, const json_t *rows)
{
    size_t i;
    const json_t *row;
    cgm_status status = CGM_OK;
    if (!rows) return CGM_FAIL(CGM_E_MEMORY, "out of memory for a table");
    if (json_array_size(rows) == 0) return CGM_OK;
    fputs("<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"table\"><table>\n<caption>", f);
    html_text(f, caption);
    fputs("</caption>\n<thead><tr>", f);
    for (size_t k = 0; k < n; k++) {
        if (!tool_column_is_shown(&columns[k], rows)) continue;
        fputs(tool_column_is_left(&columns[k], rows) ? "<th scope=\"col\">" : "<th scope=\"col\" class=\"number\">", f);
        html_text(f, heading_of(&columns[k]));
        fputs("</th>", f);
    }
    fputs("</tr></thead>\n<tbody>\n", f);
    json_array_foreach((json_t *)rows, i, row) if (status == CGM_OK) status = write_row(f, n, columns, rows, row);
    fputs("</tbody></table></div>\n", f);
    return status;
}

void html_base64(FILE *f, size_t n, const uint8_t *bytes)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        unsigned long three = (unsigned long)bytes[i] << 16;
        if (i + 1 < n) three |= (unsigned long)bytes[i + 1] << 8;
        if (i + 2 < n) three |= bytes[i + 2];
        fputc(digit[three >> 18], f);
        fputc(digit[three >> 12 & 63], f);
        fputc(i + 1 < n ? digit[three >> 6 & 63] : '=', f);
        fputc(i + 2 < n ? digit[three & 63] : '=', f);
    }
}

void html_data(FILE *f, const char *type, size_t n, const uint8_t *bytes)
{
    fprintf(f, "data:%s;base64,", type);
    html_base64(f, n, bytes);
}
