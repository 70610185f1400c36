/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page that stands in place of a folder's rows while its place asks something: a password, or
 * which of some choices. It is a page and no dialog box, so the other tabs and the way to another
 * place stay open. It answers the question by itself, once, and forgets the password then. Enter
 * connects and Escape cancels. A choice is never preselected: the page takes the focus as a whole,
 * and a key held down trusts no stranger's server. Loop's thread. */

#include "files-question-page.h"
#include "pane-location.h"
#include <glib/gi18n.h>

struct _FilesQuestionPage {
  GtkWidget parent_instance;

  AdwStatusPage *page;
  GtkWidget *wrong;
  GtkWidget *fields;
  GtkEditable *user;
  GtkEditable *domain;
  GtkEditable *password;
  AdwComboRow *remember;
  GtkBox *choices;
  GtkWidget *connect;
  GtkWidget *anonymous;

  ThawMountQuestion *question; /* NULL once it is answered */
};

enum {
  ANSWERED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FilesQuestionPage, files_question_page, GTK_TYPE_WIDGET)

/* Answers */

/**
 * files_question_page_forget:
 * @self: a page
 *
 * Lets go of the question, and of the password that was typed.
 */
void
files_question_page_forget (FilesQuestionPage *self)
{
  g_return_if_fail (FILES_IS_QUESTION_PAGE (self));

  gtk_editable_set_text (self->password, "");
  g_clear_pointer (&self->question, thaw_mount_question_unref);
}

static void
say_answered (FilesQuestionPage *self)
{
  files_question_page_forget (self);
  g_signal_emit (self, signals[ANSWERED], 0);
}

static const char *
get_text_if (FilesQuestionPage *self, GtkEditable *field, GAskPasswordFlags flag)
{
  return thaw_mount_question_get_flags (self->question) & flag ? gtk_editable_get_text (field)
                                                               : NULL;
}

static void
connect_cb (FilesQuestionPage *self)
{
  if (self->question == NULL)
    return;
  thaw_mount_question_answer_password (
      self->question,
      get_text_if (self, self->user, G_ASK_PASSWORD_NEED_USERNAME),
      get_text_if (self, self->domain, G_ASK_PASSWORD_NEED_DOMAIN),
      get_text_if (self, self->password, G_ASK_PASSWORD_NEED_PASSWORD),
      (GPasswordSave) adw_combo_row_get_selected (self->remember));
  say_answered (self);
}

static void
anonymous_cb (FilesQuestionPage *self)
{
  if (self->question == NULL)
    return;
  thaw_mount_question_answer_anonymous (self->question);
  say_answered (self);
}

static void
cancel_cb (FilesQuestionPage *self)
{
  if (self->question == NULL)
    return;
  thaw_mount_question_refuse (self->question);
  say_answered (self);
}

static void
choice_cb (FilesQuestionPage *self, GtkWidget *button)
{
  guint choice = 0;

  if (self->question == NULL)
    return;
  while ((button = gtk_widget_get_prev_sibling (button)) != NULL)
    choice++;
  thaw_mount_question_choose (self->question, choice);
  say_answered (self);
}

static gboolean
key_pressed_cb (FilesQuestionPage *self, guint keyval, guint keycode, GdkModifierType state)
{
  if (keyval != GDK_KEY_Escape || (state & gtk_accelerator_get_default_mod_mask ()) != 0)
    return GDK_EVENT_PROPAGATE;
  cancel_cb (self);
  return GDK_EVENT_STOP;
}

/* Questions */

/* A server by its host, without the folder in it; what has no host by its own name. */
static char *
dup_asker (GFile *location)
{
  g_autofree char *text = g_file_get_uri (location);
  g_autoptr (GUri) uri = g_uri_parse (text, G_URI_FLAGS_PARSE_RELAXED, NULL);
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;

  if (host == NULL || *host == '\0')
    return pane_location_dup_title (location);
  return g_utf8_make_valid (host, -1);
}

static char *
dup_title (ThawMountQuestion *question)
{
  g_autofree char *asker = dup_asker (thaw_mount_question_get_location (question));

  if (thaw_mount_question_get_kind (question) == THAW_MOUNT_ASKS_TO_CHOOSE)
    /* Translators: a server */
    return g_strdup_printf (_ ("“%s” Asks"), asker);
  /* Translators: a server */
  return g_strdup_printf (_ ("“%s” Asks for a Password"), asker);
}

static void
describe (FilesQuestionPage *self, gboolean was_wrong)
{
  g_autofree char *title = dup_title (self->question);
  g_autofree char *message
      = g_utf8_make_valid (thaw_mount_question_get_message (self->question), -1);
  g_autofree char *markup = g_markup_escape_text (message, -1);
  gboolean chooses = thaw_mount_question_get_kind (self->question) == THAW_MOUNT_ASKS_TO_CHOOSE;

  adw_status_page_set_icon_name (self->page,
                                 chooses ? "dialog-question-symbolic" : "dialog-password-symbolic");
  adw_status_page_set_title (self->page, title);
  adw_status_page_set_description (self->page, markup);
  gtk_widget_set_visible (self->wrong, was_wrong);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  title,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  message,
                                  -1);
}

static void
show_field (GtkEditable *field, gboolean is_wanted, const char *text)
{
  gtk_widget_set_visible (GTK_WIDGET (field), is_wanted);
  gtk_editable_set_text (field, text != NULL ? text : "");
}

static void
show_fields (FilesQuestionPage *self, gboolean was_wrong)
{
  GAskPasswordFlags flags = thaw_mount_question_get_flags (self->question);
  gboolean asks_password
      = thaw_mount_question_get_kind (self->question) == THAW_MOUNT_ASKS_FOR_PASSWORD;
  g_autofree char *typed = was_wrong ? g_strdup (gtk_editable_get_text (self->user)) : NULL;
  const char *user = thaw_mount_question_get_user (self->question);

  show_field (self->user, flags & G_ASK_PASSWORD_NEED_USERNAME, typed != NULL ? typed : user);
  show_field (self->domain,
              flags & G_ASK_PASSWORD_NEED_DOMAIN,
              thaw_mount_question_get_domain (self->question));
  show_field (self->password, flags & G_ASK_PASSWORD_NEED_PASSWORD, NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->remember), flags & G_ASK_PASSWORD_SAVING_SUPPORTED);
  gtk_widget_set_visible (self->fields, asks_password);
  gtk_widget_set_visible (self->connect, asks_password);
  gtk_widget_set_visible (self->anonymous, flags & G_ASK_PASSWORD_ANONYMOUS_SUPPORTED);
}

static void
show_choices (FilesQuestionPage *self)
{
  const char *const *choices = thaw_mount_question_get_choices (self->question);
  GtkWidget *old;

  while ((old = gtk_widget_get_first_child (GTK_WIDGET (self->choices))) != NULL)
    gtk_box_remove (self->choices, old);
  for (guint i = 0; choices[i] != NULL; i++)
    {
      GtkWidget *button = gtk_button_new_with_label (choices[i]);

      gtk_widget_add_css_class (button, "pill");
      gtk_button_set_can_shrink (GTK_BUTTON (button), TRUE);
      g_signal_connect_object (button, "clicked", G_CALLBACK (choice_cb), self, G_CONNECT_SWAPPED);
      gtk_box_append (self->choices, button);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->choices), choices[0] != NULL);
}

/**
 * files_question_page_ask:
 * @self: a page
 * @question: what to ask
 * @was_wrong: whether the answer before was not accepted, which is said then
 *
 * Shows a question. The page answers it.
 */
void
files_question_page_ask (FilesQuestionPage *self, ThawMountQuestion *question, gboolean was_wrong)
{
  g_return_if_fail (FILES_IS_QUESTION_PAGE (self));

  files_question_page_forget (self);
  self->question = thaw_mount_question_ref (question);
  describe (self, was_wrong);
  show_fields (self, was_wrong);
  show_choices (self);
  if (was_wrong)
    gtk_accessible_announce (GTK_ACCESSIBLE (self),
                             gtk_label_get_text (GTK_LABEL (self->wrong)),
                             GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_HIGH);
}

/* The first field that is still to be filled in. */
static gboolean
files_question_page_grab_focus (GtkWidget *widget)
{
  FilesQuestionPage *self = FILES_QUESTION_PAGE (widget);
  GtkEditable *fields[] = { self->user, self->password };

  for (guint i = 0; i < G_N_ELEMENTS (fields) && gtk_widget_get_visible (self->fields); i++)
    if (gtk_widget_get_visible (GTK_WIDGET (fields[i]))
        && *gtk_editable_get_text (fields[i]) == '\0')
      return gtk_widget_grab_focus (GTK_WIDGET (fields[i]));
  return GTK_WIDGET_CLASS (files_question_page_parent_class)->grab_focus (widget);
}

static void
files_question_page_dispose (GObject *object)
{
  FilesQuestionPage *self = FILES_QUESTION_PAGE (object);

  g_clear_pointer (&self->question, thaw_mount_question_unref);
  gtk_widget_dispose_template (GTK_WIDGET (self), FILES_TYPE_QUESTION_PAGE);
  G_OBJECT_CLASS (files_question_page_parent_class)->dispose (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/thaw/Files/ui/files-question-page.ui");
  gtk_widget_class_bind_template_child (widget_class, FilesQuestionPage, page);
  gtk_widget_class_bind_template_child (widget_class, FilesQuestionPage, wrong);
  gtk_widget_class_bind_template_child (widget_class, FilesQuestionPage, fields);
  gtk_widget_class_bind_template_child (widget_class, FilesQuestionPage, user);
  gtk_widget_class_bind_template_child (widget_class, FilesQuestionPage, domain);
  gtk_widget_class_bind_template_child (widget_class, FilesQuestionPage, password);
  gtk_widget_class_bind_template_child (widget_class, FilesQuestionPage, remember);
  gtk_widget_class_bind_template_child (widget_class, FilesQuestionPage, choices);
  gtk_widget_class_bind_template_child (widget_class, FilesQuestionPage, connect);
  gtk_widget_class_bind_template_child (widget_class, FilesQuestionPage, anonymous);
  gtk_widget_class_bind_template_callback (widget_class, connect_cb);
  gtk_widget_class_bind_template_callback (widget_class, anonymous_cb);
  gtk_widget_class_bind_template_callback (widget_class, cancel_cb);
  gtk_widget_class_bind_template_callback (widget_class, key_pressed_cb);
}

static void
files_question_page_class_init (FilesQuestionPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = files_question_page_dispose;
  widget_class->grab_focus = files_question_page_grab_focus;
  signals[ANSWERED] = g_signal_new ("answered",
                                    FILES_TYPE_QUESTION_PAGE,
                                    G_SIGNAL_RUN_LAST,
                                    0,
                                    NULL,
                                    NULL,
                                    NULL,
                                    G_TYPE_NONE,
                                    0);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  bind_template (widget_class);
}

static void
files_question_page_init (FilesQuestionPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
