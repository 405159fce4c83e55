#pragma once
#include "internal.h"

void CH2_beginHead(CH2Session *session);
// Around each call in which a head can come: what is there of one stays the session's own between
// them. false: there is no memory for it.
void CH2_resumeHead(CH2Session *session);
bool CH2_keepHead(CH2Session *session);
bool CH2_addField(
    CH2Session *session, const uint8_t *name, size_t name_count, const uint8_t *value,
    size_t count);
void CH2_endHead(CH2Session *session, CH2Event *event);

typedef struct CH2Fields {
    nghttp2_nv list[64];
    uint8_t names[2048];
} CH2Fields;

// How many fields an answer's head has, its status before them; 0: it is none.
size_t CH2_readHead(const uint8_t *head, size_t count, CH2Fields *fields);
