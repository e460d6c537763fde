/* Parts of the page, written to a stream; a failed write is seen when the stream is closed. */
#ifndef CGM_TOOLS_REPORT_HTML_H
#define CGM_TOOLS_REPORT_HTML_H

#include <stdint.h>
#include <stdio.h>

#include "tools/result.h"

/* A text with what HTML would read in it escaped, within quotes of attributes too. */
void html_text(FILE *f, const char *text);
/* A text between tags: html_element(f, "p", text). */
void html_element(FILE *f, const char *tag, const char *text);
/* The same, formatted; cut where it is absurdly long. */
void html_printf(FILE *f, const char *tag, const char *format, ...) CGM_PRINTF(3, 4);
/* A section with its heading, which is in the page's contents under the same id. */
void html_section(FILE *f, const char *id, const char *title);
void html_section_end(FILE *f);
/* A table of the rows, an array of objects, as cgm prints it; the first column names its row. Nothing without rows.
 */
cgm_status html_table(FILE *f, const char *caption, size_t n_columns, const tool_column *columns,
                      const json_t *rows) CGM_CHECKED;
/* As an address: data:TYPE;base64,... */
void html_data(FILE *f, const char *type, size_t n, const uint8_t *bytes);
void html_base64(FILE *f, size_t n, const uint8_t *bytes);

#endif
