/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Previews of files of all kinds, made here, and of files that mean harm: each is shown, or its
 * name and the reason is, and the next one is shown all the same. In a window of its own, with the
 * sandboxed processes of the build. */

#include "pane-preview-loader.h"
#include "pane-preview-pages.h"
#include "pane-preview.h"
#include "pane-quick-look.h"

#include <adwaita.h>
#include <cairo-pdf.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEADLINE_USEC (20 * G_USEC_PER_SEC)

static char *folder;
static GtkWidget *window;
static PanePreview *preview;

/* Files */

static char *
dup_path (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

static void
write_file (const char *name, gconstpointer bytes, gssize n)
{
  g_autofree char *path = dup_path (name);

  g_assert_true (g_file_set_contents (path, bytes, n, NULL));
}

/* Left half red, right half blue. */
static GdkPixbuf *
make_pixbuf (int width, int height)
{
  GdkPixbuf *pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, width, height);
  g_autoptr (GdkPixbuf) left = gdk_pixbuf_new_subpixbuf (pixbuf, 0, 0, width / 2, height);

  gdk_pixbuf_fill (pixbuf, 0x0000ffff);
  gdk_pixbuf_fill (left, 0xff0000ff);
  return pixbuf;
}

static void
write_image (const char *name, const char *format, int width, int height)
{
  g_autofree char *path = dup_path (name);
  g_autoptr (GdkPixbuf) pixbuf = make_pixbuf (width, height);

  g_assert_true (gdk_pixbuf_save (pixbuf, path, format, NULL, NULL));
}

static GBytes *
read_file (const char *name)
{
  g_autofree char *path = dup_path (name);
  char *bytes;
  gsize n;

  g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
  return g_bytes_new_take (bytes, n);
}

static void
write_pdf (const char *name, int n_pages)
{
  g_autofree char *path = dup_path (name);
  cairo_surface_t *surface = cairo_pdf_surface_create (path, 200, 300);
  cairo_t *cairo = cairo_create (surface);

  for (int i = 0; i < n_pages; i++)
    {
      cairo_rectangle (cairo, 20, 20, 100, 100);
      cairo_fill (cairo);
      cairo_show_page (cairo);
    }
  cairo_destroy (cairo);
  cairo_surface_destroy (surface);
}

static void
add_zeros (GByteArray *bytes, gsize n)
{
  static const guint8 zeros[1024];

  g_byte_array_append (bytes, zeros, (guint) n);
}

static void
add_tar_member (GByteArray *tar, const char *name, const char *contents)
{
  char head[512] = "";
  unsigned sum = 0;
  gsize n = strlen (contents);

  g_snprintf (head, 100, "%s", name);
  g_snprintf (head + 100, 8, "%07o", 0644);
  g_snprintf (head + 108, 8, "%07o", 0);
  g_snprintf (head + 116, 8, "%07o", 0);
  g_snprintf (head + 124, 12, "%011o", (unsigned) n);
  g_snprintf (head + 136, 12, "%011o", 1700000000u);
  memset (head + 148, ' ', 8);
  head[156] = '0';
  memcpy (head + 257, "ustar\00000", 8);
  for (gsize i = 0; i < sizeof head; i++)
    sum += (guchar) head[i];
  g_snprintf (head + 148, 8, "%06o", sum);
  g_byte_array_append (tar, (const guint8 *) head, sizeof head);
  g_byte_array_append (tar, (const guint8 *) contents, (guint) n);
  add_zeros (tar, 511 - (tar->len + 511) % 512);
}

/* The preview */

static gboolean
is_over (gpointer unused)
{
  PanePreviewState state = pane_preview_get_state (preview);

  return state == PANE_PREVIEW_SHOWN || state == PANE_PREVIEW_FAILED;
}

static void
run_until (gboolean (*condition) (gpointer), gpointer user_data)
{
  gint64 end = g_get_monotonic_time () + DEADLINE_USEC;

  while (!condition (user_data))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_main_context_iteration (NULL, FALSE);
      g_usleep (500);
    }
}

static PanePreviewState
show (const char *name)
{
  g_autofree char *path = dup_path (name);
  g_autoptr (GFile) file = g_file_new_for_path (path);

  pane_preview_set_file (preview, file);
  run_until (is_over, NULL);
  return pane_preview_get_state (preview);
}

static void
assert_shown (const char *name, const char *status)
{
  g_assert_cmpint (show (name), ==, PANE_PREVIEW_SHOWN);
  g_assert_nonnull (pane_preview_get_content (preview));
  if (status != NULL)
    g_assert_cmpstr (pane_preview_get_status (preview), ==, status);
}

static GtkWidget *
find_child (GtkWidget *widget, GType type)
{
  if (G_TYPE_CHECK_INSTANCE_TYPE (widget, type))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_child (child, type);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static void
assert_failed (const char *name, const char *reason)
{
  GtkWidget *page;

  g_assert_cmpint (show (name), ==, PANE_PREVIEW_FAILED);
  page = find_child (GTK_WIDGET (preview), ADW_TYPE_STATUS_PAGE);
  g_assert_nonnull (page);
  g_assert_nonnull (strstr (adw_status_page_get_title (ADW_STATUS_PAGE (page)), name));
  g_assert_nonnull (strstr (adw_status_page_get_description (ADW_STATUS_PAGE (page)), reason));
}

static GdkTexture *
get_texture (void)
{
  return pane_preview_pages_get_texture (PANE_PREVIEW_PAGES (pane_preview_get_content (preview)));
}

static guint32
get_pixel (GdkTexture *texture, int x, int y)
{
  int width = gdk_texture_get_width (texture);
  g_autofree guint32 *pixels
      = g_new (guint32, (gsize) width * (gsize) gdk_texture_get_height (texture));

  gdk_texture_download (texture, (guchar *) pixels, (gsize) width * 4);
  return pixels[y * width + x];
}

/* What is as it should be */

static void
test_images (void)
{
  write_image ("small.png", "png", 60, 40);
  assert_shown ("small.png", "60 × 40");
  g_assert_cmpint (gdk_texture_get_width (get_texture ()), ==, 60);
  g_assert_cmphex (get_pixel (get_texture (), 5, 20), ==, 0xffff0000);
  g_assert_cmphex (get_pixel (get_texture (), 55, 20), ==, 0xff0000ff);
  write_image ("large.jpg", "jpeg", 3000, 2000);
  assert_shown ("large.jpg", "3000 × 2000");
  g_assert_cmpint (gdk_texture_get_width (get_texture ()), <=, 600);
  g_assert_cmpint (gdk_texture_get_width (get_texture ()), >, 300);
}

static void
test_orientation (void)
{
  /* After the start of the image: the camera was held upright. */
  static const guint8 exif[]
      = { 0xff, 0xe1, 0,   34,   'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, 42, 0, 0, 0, 8,
          0,    1,    0x1, 0x12, 0,   3,   0,   0,   0, 1, 0,   6,   0, 0,  0, 0, 0, 0 };
  g_autoptr (GBytes) jpeg = NULL;
  g_autoptr (GByteArray) turned = g_byte_array_new ();
  const guint8 *bytes;
  gsize n;

  write_image ("flat.jpg", "jpeg", 80, 20);
  jpeg = read_file ("flat.jpg");
  bytes = g_bytes_get_data (jpeg, &n);
  g_byte_array_append (turned, bytes, 2);
  g_byte_array_append (turned, exif, sizeof exif);
  g_byte_array_append (turned, bytes + 2, (guint) n - 2);
  write_file ("turned.jpg", turned->data, turned->len);
  assert_shown ("turned.jpg", "20 × 80");
  g_assert_cmpint (gdk_texture_get_height (get_texture ()), ==, 80);
  /* Its left is up. */
  g_assert_cmpuint (get_pixel (get_texture (), 10, 5) >> 16 & 0xff, >, 200);
}

static void
test_document (void)
{
  write_pdf ("three.pdf", 3);
  if (show ("three.pdf") == PANE_PREVIEW_FAILED)
    {
      g_test_skip ("built without poppler");
      return;
    }
  g_assert_cmpstr (pane_preview_get_status (preview), ==, "Page 1 of 3");
  gtk_widget_activate_action_variant (pane_preview_get_content (preview),
                                      "preview.next-page",
                                      NULL);
  g_assert_cmpstr (pane_preview_get_status (preview), ==, "Page 2 of 3");
  for (int i = 0; i < 4; i++)
    gtk_widget_activate_action_variant (pane_preview_get_content (preview),
                                        "preview.next-page",
                                        NULL);
  g_assert_cmpstr (pane_preview_get_status (preview), ==, "Page 3 of 3");
  g_assert_cmphex (get_pixel (get_texture (), 2, 2), ==, 0xffffffff);
}

static char *
find_font (void)
{
  static const char *const candidates[] = { "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
                                            "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf" };

  for (guint i = 0; i < G_N_ELEMENTS (candidates); i++)
    if (g_file_test (candidates[i], G_FILE_TEST_EXISTS))
      return g_strdup (candidates[i]);
  return NULL;
}

static void
test_font (void)
{
  g_autofree char *font = find_font ();
  g_autofree char *link = dup_path ("font.ttf");

  if (font == NULL)
    {
      g_test_skip ("no font to be looked at");
      return;
    }
  g_assert_cmpint (symlink (font, link), ==, 0);
  g_assert_cmpint (show ("font.ttf"), ==, PANE_PREVIEW_SHOWN);
  g_assert_true (g_str_has_prefix (pane_preview_get_status (preview), "DejaVu"));
}

static char *
dup_shown_text (void)
{
  GtkWidget *view = find_child (GTK_WIDGET (preview), GTK_TYPE_TEXT_VIEW);
  GtkTextBuffer *buffer;
  GtkTextIter start, end;

  g_assert_nonnull (view);
  buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (view));
  gtk_text_buffer_get_bounds (buffer, &start, &end);
  return gtk_text_buffer_get_text (buffer, &start, &end, TRUE);
}

static void
assert_text (const char *name, const char *text)
{
  g_autofree char *shown = NULL;

  assert_shown (name, NULL);
  shown = dup_shown_text ();
  g_assert_cmpstr (shown, ==, text);
}

static void
test_text (void)
{
  write_file ("plain.txt", "Grüße\r\nzwei\n", -1);
  assert_text ("plain.txt", "Grüße\nzwei\n");
  write_file ("latin.txt",
              "Gr\xfc\xdf"
              "e\n",
              6);
  assert_text ("latin.txt", "Grüße\n");
  write_file ("wide.txt", "\xff\xfeH\0i\0\n\0", 8);
  assert_text ("wide.txt", "Hi\n");
  write_file ("code.c", "int main (void)\n{\n  return 0;\n}\n", -1);
  assert_text ("code.c", "int main (void)\n{\n  return 0;\n}\n");
  write_file ("empty.txt", "", 0);
  g_assert_cmpint (show ("empty.txt"), ==, PANE_PREVIEW_SHOWN);
}

static void
test_hex (void)
{
  g_autofree char *path = dup_path ("huge.bin");
  g_autofd int fd = open (path, O_WRONLY | O_CREAT, 0600);

  write_file ("few.bin", "\0\1\2abc\xff", 7);
  assert_shown ("few.bin", NULL);
  /* 10 GB that take no room. */
  g_assert_cmpint (ftruncate (fd, (off_t) 10 * 1000 * 1000 * 1000), ==, 0);
  g_assert_cmpint (pwrite (fd, "\0\1\2\3", 4, 0), ==, 4);
  assert_shown ("huge.bin", "10.0\302\240GB");
  for (int i = 0; i < 3; i++)
    gtk_widget_activate_action_variant (pane_preview_get_content (preview),
                                        "preview.next-page",
                                        NULL);
}

static gboolean
has_label (gpointer text)
{
  GtkWidget *label = find_child (GTK_WIDGET (preview), GTK_TYPE_LABEL);

  return label != NULL && strstr (gtk_label_get_text (GTK_LABEL (label)), text) != NULL
         && strstr (gtk_label_get_text (GTK_LABEL (label)), "so far") == NULL;
}

static void
test_folder (void)
{
  g_autofree char *inner = dup_path ("inner");
  g_autofree char *deeper = dup_path ("inner/deeper");

  g_assert_cmpint (g_mkdir_with_parents (deeper, 0700), ==, 0);
  write_file ("inner/a", "1234", 4);
  write_file ("inner/deeper/b", "123456", 6);
  assert_shown ("inner", NULL);
  run_until (has_label, (gpointer) "10 bytes");
}

static void
test_archive (void)
{
  g_autoptr (GByteArray) tar = g_byte_array_new ();
  GtkWidget *list;

  add_tar_member (tar, "docs/one.txt", "one");
  add_tar_member (tar, "docs/sub/two.txt", "second");
  add_tar_member (tar, "../outside", "x");
  add_zeros (tar, 1024);
  write_file ("some.tar", tar->data, tar->len);
  assert_shown ("some.tar", "3 files, 10 bytes");
  list = find_child (GTK_WIDGET (preview), GTK_TYPE_LIST_VIEW);
  g_assert_nonnull (list);
  g_assert_cmpuint (
      g_list_model_get_n_items (G_LIST_MODEL (gtk_list_view_get_model (GTK_LIST_VIEW (list)))),
      ==,
      2);
}

/* What isn't */

static void
test_damaged (void)
{
  g_autoptr (GBytes) jpeg = NULL;
  gsize n;
  const guint8 *bytes;

  write_image ("whole.jpg", "jpeg", 1200, 900);
  jpeg = read_file ("whole.jpg");
  bytes = g_bytes_get_data (jpeg, &n);
  write_file ("cut.jpg", bytes, (gssize) n / 2);
  g_assert_cmpint (show ("cut.jpg"), ==, PANE_PREVIEW_SHOWN);
  write_file ("nonsense.png", "\x89PNG\r\n\x1a\nnothing of the kind", -1);
  assert_failed ("nonsense.png", "damaged");
  write_file ("nonsense.pdf", "%PDF-1.7\nbut not really", -1);
  g_assert_cmpint (show ("nonsense.pdf"), ==, PANE_PREVIEW_FAILED);
  write_file ("nonsense.ttf", "\0\1\0\0\0\xff\xff\xff garbage", 16);
  g_assert_cmpint (show ("nonsense.ttf"), ==, PANE_PREVIEW_FAILED);
  write_file ("nonsense.zip", "PK\3\4 and then nothing that makes sense", -1);
  g_assert_cmpint (show ("nonsense.zip"), ==, PANE_PREVIEW_FAILED);
  assert_shown ("small.png", "60 × 40");
}

/* 50,000 x 50,000 pixels of one colour, in 100 bytes of promise. */
static void
test_bomb (void)
{
  static const guint8 bomb[]
      = { 0x89, 'P',  'N',  'G',  '\r', '\n', 0x1a, '\n', 0,    0,    0,   13,  'I', 'H',
          'D',  'R',  0,    0,    0xc3, 0x50, 0,    0,    0xc3, 0x50, 8,   2,   0,   0,
          0,    0xc1, 0xe2, 0x0c, 0x75, 0,    0,    0,    0,    'I',  'D', 'A', 'T' };

  write_file ("bomb.png", bomb, sizeof bomb);
  g_assert_cmpint (show ("bomb.png"), ==, PANE_PREVIEW_FAILED);
  assert_shown ("small.png", "60 × 40");
}

static void
test_long_line (void)
{
  gsize n = 16 * 1000 * 1000;
  g_autofree char *line = g_malloc (n);
  g_autofree char *shown = NULL;

  memset (line, 'x', n);
  write_file ("line.txt", line, (gssize) n);
  assert_shown ("line.txt", "Beginning of 16.0\302\240MB");
  shown = dup_shown_text ();
  g_assert_cmpuint (strlen (shown), <, 4096);
}

static void
test_special (void)
{
  g_autofree char *fifo = dup_path ("pipe.png");
  g_autofree char *loop = dup_path ("loop");
  g_autofree char *closed = dup_path ("closed.txt");

  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  assert_failed ("pipe.png", "pipe");
  g_assert_cmpint (symlink ("loop", loop), ==, 0);
  assert_failed ("loop", "link");
  assert_failed ("missing", "not there");
  if (geteuid () != 0)
    {
      write_file ("closed.txt", "secret", -1);
      g_assert_cmpint (chmod (closed, 0), ==, 0);
      assert_failed ("closed.txt", "may not");
    }
}

/* Ends the processes that draw, which wait for the next request. */
static guint
kill_workers (void)
{
  g_autoptr (GDir) processes = g_dir_open ("/proc", 0, NULL);
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (processes)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc", name, "stat", NULL);
      g_autofree char *stat = NULL;
      int parent;

      if (!g_ascii_isdigit (*name) || !g_file_get_contents (path, &stat, NULL, NULL)
          || strstr (stat, "(thaw-preview-wo") == NULL
          || sscanf (strrchr (stat, ')') + 4, "%d", &parent) != 1 || parent != getpid ())
        continue;
      kill ((pid_t) g_ascii_strtoll (name, NULL, 10), SIGKILL);
      n++;
    }
  return n;
}

static void
test_process_ends (void)
{
  assert_shown ("small.png", "60 × 40");
  g_assert_cmpuint (kill_workers (), >, 0);
  write_image ("other.png", "png", 30, 30);
  assert_shown ("other.png", "30 × 30");
}

static void
test_many (void)
{
  for (int i = 0; i < 60; i++)
    {
      static const char *const names[]
          = { "small.png", "large.jpg", "plain.txt", "huge.bin", "inner", "some.tar", "bomb.png" };
      g_autofree char *path = dup_path (names[i % (int) G_N_ELEMENTS (names)]);
      g_autoptr (GFile) file = g_file_new_for_path (path);

      pane_preview_set_file (preview, file);
      for (int turn = 0; turn < i % 9; turn++)
        g_main_context_iteration (NULL, FALSE);
    }
  assert_shown ("other.png", "30 × 30");
  pane_preview_set_file (preview, NULL);
  g_assert_cmpint (pane_preview_get_state (preview), ==, PANE_PREVIEW_EMPTY);
}

/* The registry */

#define TEST_TYPE_RENDERER (test_renderer_get_type ())
G_DECLARE_FINAL_TYPE (TestRenderer, test_renderer, TEST, RENDERER, PanePreviewRenderer)
struct _TestRenderer {
  PanePreviewRenderer parent_instance;
};
G_DEFINE_FINAL_TYPE (TestRenderer, test_renderer, PANE_TYPE_PREVIEW_RENDERER)

static int
test_renderer_rate (PanePreviewRenderer *renderer, PanePreviewItem *item)
{
  return g_str_has_suffix (pane_preview_item_get_name (item), ".png") ? PANE_PREVIEW_RATE_BEST
                                                                      : PANE_PREVIEW_RATE_NEVER;
}

static ThawFuture *
test_renderer_render (PanePreviewRenderer *renderer, PanePreviewItem *item, ThawScope *scope)
{
  ThawFuture *future = thaw_future_new ("test");

  thaw_future_resolve_object (future, g_object_ref_sink (gtk_level_bar_new ()));
  return future;
}

static void
test_renderer_class_init (TestRendererClass *klass)
{
  PANE_PREVIEW_RENDERER_CLASS (klass)->rate = test_renderer_rate;
  PANE_PREVIEW_RENDERER_CLASS (klass)->render = test_renderer_render;
}

static void
test_renderer_init (TestRenderer *renderer)
{
}

static void
test_registry (void)
{
  g_autoptr (PanePreviewRenderer) renderer = g_object_new (TEST_TYPE_RENDERER, "id", "test", NULL);

  pane_preview_registry_add (renderer);
  g_assert_true (pane_preview_registry_find ("test") == renderer);
  assert_shown ("small.png", "");
  g_assert_true (GTK_IS_LEVEL_BAR (pane_preview_get_content (preview)));
  pane_preview_registry_remove (renderer);
  g_assert_null (pane_preview_registry_find ("test"));
  pane_preview_reload (preview, NULL);
  run_until (is_over, NULL);
  g_assert_true (PANE_IS_PREVIEW_PAGES (pane_preview_get_content (preview)));
  pane_preview_reload (preview, "hex");
  run_until (is_over, NULL);
  g_assert_false (PANE_IS_PREVIEW_PAGES (pane_preview_get_content (preview)));
}

/* Quick look */

static void
count_cb (PaneQuickLook *quick_look, int step, int *sum)
{
  *sum += step;
}

static void
test_quick_look (void)
{
  PaneQuickLook *quick_look = pane_quick_look_new (GTK_WINDOW (window));
  g_autofree char *path = dup_path ("small.png");
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autofree char *settings = NULL;
  int sum = 0;

  g_signal_connect (quick_look, "move", G_CALLBACK (count_cb), &sum);
  pane_quick_look_apply_settings (quick_look, "640x480");
  pane_quick_look_apply_settings (quick_look, "nonsense");
  settings = pane_quick_look_dup_settings (quick_look);
  g_assert_cmpstr (settings, ==, "640x480");
  pane_quick_look_show_file (quick_look, file, 2, 5);
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (quick_look)));
  g_assert_true (pane_quick_look_get_file (quick_look) == file);
  pane_quick_look_close (quick_look);
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (quick_look)));
  g_assert_null (pane_quick_look_get_file (quick_look));
  gtk_window_destroy (GTK_WINDOW (quick_look));
}

static void
set_up (void)
{
  folder = g_dir_make_tmp ("thaw-preview-XXXXXX", NULL);
  window = gtk_window_new ();
  preview = pane_preview_new ();
  gtk_window_set_default_size (GTK_WINDOW (window), 600, 500);
  gtk_window_set_child (GTK_WINDOW (window), GTK_WIDGET (preview));
  gtk_window_present (GTK_WINDOW (window));
  while (gtk_widget_get_width (GTK_WIDGET (preview)) == 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
remove_folder (void)
{
  const char *const argv[] = { "rm", "-rf", "--one-file-system", folder, NULL };

  g_spawn_sync (NULL,
                (char **) argv,
                NULL,
                G_SPAWN_SEARCH_PATH,
                NULL,
                NULL,
                NULL,
                NULL,
                NULL,
                NULL);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  adw_init ();
  set_up ();
  g_test_add_func ("/preview/images", test_images);
  g_test_add_func ("/preview/orientation", test_orientation);
  g_test_add_func ("/preview/document", test_document);
  g_test_add_func ("/preview/font", test_font);
  g_test_add_func ("/preview/text", test_text);
  g_test_add_func ("/preview/hex", test_hex);
  g_test_add_func ("/preview/folder", test_folder);
  g_test_add_func ("/preview/archive", test_archive);
  g_test_add_func ("/preview/damaged", test_damaged);
  g_test_add_func ("/preview/bomb", test_bomb);
  g_test_add_func ("/preview/long-line", test_long_line);
  g_test_add_func ("/preview/special", test_special);
  g_test_add_func ("/preview/process-ends", test_process_ends);
  g_test_add_func ("/preview/many", test_many);
  g_test_add_func ("/preview/registry", test_registry);
  g_test_add_func ("/preview/quick-look", test_quick_look);
  status = g_test_run ();
  gtk_window_destroy (GTK_WINDOW (window));
  remove_folder ();
  g_free (folder);
  return status;
}
