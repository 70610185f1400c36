/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Errors of HTTP: what libsoup, GIO and TLS say, turned into one domain where a caller would act
 * differently, with the server named and, for certificates, with what is wrong with them. Any
 * thread for the quark, the network thread for the rest. */

#include "thaw-net-private.h"

G_DEFINE_QUARK (thaw - http - error - quark, thaw_http_error)

static const struct {
  GTlsCertificateFlags flag;
  const char *what;
} certificate_problems[] = {
  { G_TLS_CERTIFICATE_EXPIRED, "it has expired" },
  { G_TLS_CERTIFICATE_NOT_ACTIVATED, "it isn't valid yet" },
  { G_TLS_CERTIFICATE_BAD_IDENTITY, "it is for another host" },
  { G_TLS_CERTIFICATE_REVOKED, "it was revoked" },
  { G_TLS_CERTIFICATE_INSECURE, "its algorithm is insecure" },
  { G_TLS_CERTIFICATE_UNKNOWN_CA, "its issuer is unknown" },
  { G_TLS_CERTIFICATE_GENERIC_ERROR, "it couldn't be checked" },
};

char *
thaw_http_describe_certificate (GTlsCertificateFlags flags)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (certificate_problems); i++)
    if ((flags & certificate_problems[i].flag) != 0)
      {
        if (text->len > 0)
          g_string_append (text, ", and ");
        g_string_append (text, certificate_problems[i].what);
      }
  return g_string_free_and_steal (g_steal_pointer (&text));
}

GError *
thaw_http_certificate_error (const char *host, GTlsCertificateFlags flags)
{
  g_autofree char *what = thaw_http_describe_certificate (flags);

  return g_error_new (THAW_HTTP_ERROR,
                      THAW_HTTP_ERROR_TLS,
                      "The certificate of %s can't be trusted: %s",
                      host,
                      what);
}

static int
code_for (const GError *error)
{
  if (error->domain == SOUP_SESSION_ERROR)
    return THAW_HTTP_ERROR_BAD_RESPONSE;
  if (error->domain == G_TLS_ERROR)
    return THAW_HTTP_ERROR_TLS;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT))
    return THAW_HTTP_ERROR_INCOMPLETE;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA)
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT))
    return THAW_HTTP_ERROR_BAD_RESPONSE;
  return -1;
}

/* Takes @error over. @message (nullable) is the one that failed. */
GError *
thaw_http_translate_error (GError *error, SoupMessage *message, GUri *uri)
{
  g_autoptr (GError) original = error;
  GTlsCertificateFlags flags = message ? soup_message_get_tls_peer_certificate_errors (message) : 0;
  const char *host = g_uri_get_host (uri);
  int code;

  if (original->domain == G_TLS_ERROR && flags != 0)
    return thaw_http_certificate_error (host, flags);
  code = code_for (original);
  if (code < 0)
    return g_steal_pointer (&original);
  return g_error_new (THAW_HTTP_ERROR, code, "%s: %s", host, original->message);
}
