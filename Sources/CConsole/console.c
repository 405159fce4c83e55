#include "CConsole.h"

// #embed is C23's; the clang that comes with Swift 6.2 and later has it.
#pragma clang diagnostic ignored "-Wc23-extensions"

#define SCRIPT "text/javascript; charset=utf-8"

static const unsigned char page[] = {
#embed "files/index.html"
};
static const unsigned char style[] = {
#embed "files/console.css"
};
static const unsigned char icon[] = {
#embed "files/icon.svg"
};
static const unsigned char console[] = {
#embed "files/console.js"
};
static const unsigned char edge[] = {
#embed "files/edge.js"
};
static const unsigned char parts[] = {
#embed "files/parts.js"
};
static const unsigned char thumbhash[] = {
#embed "files/thumbhash.js"
};
static const unsigned char upload[] = {
#embed "files/upload.js"
};
static const unsigned char gallery[] = {
#embed "files/gallery.js"
};
static const unsigned char picture[] = {
#embed "files/picture.js"
};
static const unsigned char recipe[] = {
#embed "files/recipe.js"
};
static const unsigned char operation[] = {
#embed "files/operation.js"
};

static const CConsole_File files[] = {
    {"", "text/html; charset=utf-8", page, sizeof page},
    {"console.css", "text/css; charset=utf-8", style, sizeof style},
    {"icon.svg", "image/svg+xml", icon, sizeof icon},
    {"console.js", SCRIPT, console, sizeof console},
    {"edge.js", SCRIPT, edge, sizeof edge},
    {"parts.js", SCRIPT, parts, sizeof parts},
    {"thumbhash.js", SCRIPT, thumbhash, sizeof thumbhash},
    {"upload.js", SCRIPT, upload, sizeof upload},
    {"gallery.js", SCRIPT, gallery, sizeof gallery},
    {"picture.js", SCRIPT, picture, sizeof picture},
    {"recipe.js", SCRIPT, recipe, sizeof recipe},
    {"operation.js", SCRIPT, operation, sizeof operation},
};

const CConsole_File *CConsole_files(size_t *count) {
    *count = sizeof files / sizeof files[0];
    return files;
}
