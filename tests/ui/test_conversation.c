/* Conversations: turns and branches as a tree, at sizes that nobody types. */
#include "ui/conversation.h"

#include <string.h>

#include "generate/writer_fixture.h"

/* Reads a unit and adds it as a turn. */
static void say(Conversation *conversation, Writer *writer, uint32_t unit) {
    Error error = {0};
    Turn *turn = conversation_begin_turn(conversation, TURN_WRITTEN, writer, &error);
    assert_non_null(turn);
    char letter = (char)('a' + (int)unit);
    assert_true(bytes_append(&turn->prompt, &letter, 1, &error));
    writer_read(writer, &unit, 1);
}

static void check_said(const Conversation *conversation, const char *expected) {
    Bytes text = {0};
    assert_true(bytes_reserve(&text, 0, NULL) && conversation_text(conversation, &text, NULL));
    assert_string_equal(text.data, expected);
    bytes_free(&text);
}

static void check_refused(bool done, const Error *error, const char *words) {
    assert_false(done);
    assert_non_null(strstr(error->message, words));
}

static void test_only_so_many_turns_can_be_taken_back(void **state) {
    Error error = {0};
    Conversation conversation;
    Writer *writer = create_writer(*state, 1, SEED);
    assert_true(conversation_create(&conversation, &error));
    for (uint32_t k = 0; k < TURNS_UNDONE_MAX + 5; k++) {
        say(&conversation, writer, k % 5);
    }
    assert_int_equal(branch_turns(&conversation.branches[0]), TURNS_UNDONE_MAX + 5);
    for (size_t k = 0; k < TURNS_UNDONE_MAX; k++) {
        assert_true(conversation_undo(&conversation, writer, &error));
    }
    check_refused(conversation_undo(&conversation, writer, &error), &error, "only the last 1000 turns");
    check_said(&conversation, "abcde");
    conversation_free(&conversation);
    writer_free(writer);
}

static void test_branches_share_what_they_begin_with(void **state) {
    Error error = {0};
    Conversation conversation;
    Writer *writer = create_writer(*state, 1, SEED);
    assert_true(conversation_create(&conversation, &error));
    say(&conversation, writer, 0);
    say(&conversation, writer, 1);
    assert_true(conversation_branch(&conversation, writer, "dark", &error));
    say(&conversation, writer, 2);
    check_said(&conversation, "abc");
    assert_true(conversation_switch(&conversation, writer, "main", &error));
    check_said(&conversation, "ab");
    assert_true(conversation_undo(&conversation, writer, &error));
    assert_true(conversation_undo(&conversation, writer, &error));
    check_refused(conversation_undo(&conversation, writer, &error), &error, "nothing to take back");
    say(&conversation, writer, 4);
    check_said(&conversation, "e");
    assert_true(conversation_switch(&conversation, writer, "dark", &error));
    for (const char *text = "abc"; *text != '\0'; text++) {
        assert_true(conversation_undo(&conversation, writer, &error));
    }
    check_said(&conversation, "");
    check_refused(conversation_switch(&conversation, writer, "darker", &error), &error, "main, dark");
    check_refused(conversation_branch(&conversation, writer, "main", &error), &error, "there is a branch");
    conversation_free(&conversation);
    writer_free(writer);
}

static void test_what_was_loaded_is_one_step(void **state) {
    Error error = {0};
    Conversation conversation;
    Writer *writer = create_writer(*state, 1, SEED);
    assert_true(conversation_create(&conversation, &error));
    say(&conversation, writer, 3);
    assert_non_null(conversation_begin_turn(&conversation, TURN_LOAD, writer, &error));
    for (size_t k = 0; k < 3; k++) {
        Turn *turn = conversation_begin_turn(&conversation, TURN_LOADED, NULL, &error);
        assert_true(turn != NULL && bytes_append(&turn->answer, "x", 1, &error));
        turn->record_ended = k == 1;
    }
    check_said(&conversation, "xx\nx");
    assert_int_equal(branch_turns(&conversation.branches[0]), 3);
    assert_true(conversation_undo(&conversation, writer, &error));
    check_said(&conversation, "d");
    conversation_free(&conversation);
    writer_free(writer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_so_many_turns_can_be_taken_back),
        cmocka_unit_test(test_branches_share_what_they_begin_with),
        cmocka_unit_test(test_what_was_loaded_is_one_step),
    };
    return cmocka_run_group_tests(tests, create_model, free_model);
}
