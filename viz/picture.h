/*
 * picture.h - a canvas for slides and documentation: as SVG, as HTML
 *
 *     picture_print(canvas, PICTURE_SVG, CANVAS_UTF8, stdout);
 *
 * Both stand alone, in the colours of a dark terminal, and hold the text as text: it can be searched
 * and copied. Nothing that a program wrote becomes markup.
 */
#ifndef VIZ_PICTURE_H
#define VIZ_PICTURE_H

#include "canvas.h"

enum picture_kind { PICTURE_SVG, PICTURE_HTML };

/* What stdio could not write shows in ferror(out). */
void picture_print(struct canvas const *canvas, enum picture_kind kind, enum canvas_charset charset,
                   FILE *out);

#endif
