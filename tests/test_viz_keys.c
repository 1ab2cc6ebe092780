/*
 * test_viz_keys.c - no key is missing, doubled or undocumented
 */
#include "keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void no_key_stands_for_two_things(void **state)
{
    (void)state;
    for (size_t i = 0; i < keys_count(); i++)
        for (size_t j = i + 1; j < keys_count(); j++) {
            struct key const *a = keys_at(i), *b = keys_at(j);

            if ((a->group == GROUP_QUESTION) != (b->group == GROUP_QUESTION))
                continue; /* an open question takes its keys first: that is meant */
            assert_false(a->first <= b->last && b->first <= a->last);
        }
}

static void every_action_has_a_key(void **state)
{
    (void)state;
    for (int action = ACTION_NONE + 1; action < ACTION_COUNT; action++) {
        bool found = false;

        for (size_t i = 0; i < keys_count(); i++)
            found |= keys_at(i)->action == (enum action)action;
        if (!found)
            fail_msg("action %d has no key", action);
    }
}

static void every_key_is_told_or_follows_one_that_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < keys_count(); i++) {
        struct key const *key = keys_at(i);

        if (key->label)
            assert_non_null(key->help);
        else
            assert_true(i > 0 && keys_at(i - 1)->group == key->group);
        assert_int_equal(key->hint == NULL, key->hint_label == NULL);
    }
}

static void no_help_is_cut_at_80_columns(void **state)
{
    (void)state;
    for (size_t i = 0; i < keys_count(); i++) {
        struct key const *key = keys_at(i);

        if (key->label && (strlen(key->label) > 19 || strlen(key->help) > 54))
            fail_msg("%s %s", key->label, key->help);
    }
}

static void groups_stand_together(void **state)
{
    bool seen[16] = { false };

    (void)state;
    for (size_t i = 0; i < keys_count(); i++) {
        enum key_group group = keys_at(i)->group;

        if (i == 0 || keys_at(i - 1)->group != group)
            assert_false(seen[group]);
        seen[group] = true;
        assert_true(strlen(keys_group_name(group)) > 0);
    }
}

static void an_open_question_takes_its_answers_first(void **state)
{
    (void)state;
    assert_int_equal(keys_action('3', false), ACTION_TENTH);
    assert_int_equal(keys_action('3', true), ACTION_ANSWER);
    assert_int_equal(keys_action('0', true), ACTION_ANSWER);
    assert_int_equal(keys_action('c', false), ACTION_CONNECT);
    assert_int_equal(keys_action('c', true), ACTION_CONNECT);
    assert_int_equal(keys_action(KEYS_ESCAPE, false), ACTION_LEAVE);
    assert_int_equal(keys_action(KEYS_ESCAPE, true), ACTION_SKIP);
    assert_int_equal(keys_action('q', true), ACTION_QUIT);
    assert_int_equal(keys_action(' ', true), ACTION_PAUSE);
}

static void digits_are_choices(void **state)
{
    (void)state;
    assert_int_equal(keys_choice('c'), -1); /* connects a client, also while a question is open */
    assert_int_equal(keys_choice('1'), 0);

    assert_int_equal(keys_choice('9'), 8);
    assert_int_equal(keys_choice('0'), 9); /* no question has so many */
    assert_int_equal(keys_choice('z'), -1);
}

static void keys_that_are_not_in_the_table_do_nothing(void **state)
{
    (void)state;
    assert_int_equal(keys_action('~', false), ACTION_NONE);
    assert_int_equal(keys_action(0, true), ACTION_NONE);
}

int main(void)
{
    struct CMUnitTest const tests[] = {
        cmocka_unit_test(no_key_stands_for_two_things),
        cmocka_unit_test(every_action_has_a_key),
        cmocka_unit_test(every_key_is_told_or_follows_one_that_is),
        cmocka_unit_test(no_help_is_cut_at_80_columns),
        cmocka_unit_test(groups_stand_together),
        cmocka_unit_test(an_open_question_takes_its_answers_first),
        cmocka_unit_test(digits_are_choices),
        cmocka_unit_test(keys_that_are_not_in_the_table_do_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
