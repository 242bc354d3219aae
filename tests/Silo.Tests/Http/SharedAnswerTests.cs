using Microsoft.Extensions.Time.Testing;
using Orchestrator.Silo.Http.Answers;

namespace Orchestrator.Silo.Tests.Http;

/// <summary>Answers that many viewers ask for at once.</summary>
public sealed class SharedAnswerTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly SharedAnswers _answers;
    private byte _made;

    public SharedAnswerTests() => _answers = new SharedAnswers(_time);

    [Fact]
    public async Task Who_asks_while_it_is_made_gets_the_same_and_it_is_made_once()
    {
        var finish = new TaskCompletionSource();
        var asked = Enumerable.Range(0, 50).Select(_ => Ask("findings", 7, 0, async () =>
        {
            await finish.Task;
            return Next();
        })).ToArray();
        finish.SetResult();
        Assert.All(await Task.WhenAll(asked), answer => Assert.Equal(1, answer));
    }

    [Fact]
    public async Task It_is_as_new_as_the_question_and_the_same_as_long_as_nothing_changes()
    {
        Assert.Equal(1, await Ask("findings", 7));
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(1, await Ask("findings", 7));
        Assert.Equal(2, await Ask("findings", 8));
        Assert.Equal(3, await Ask("trajectory", 8));
        Assert.Equal(4, await Ask("status", 8, lasting: false)); // it says how long the sweep has run
        Assert.Equal(5, await Ask("status", 8, lasting: false));
    }

    [Fact]
    public async Task Who_takes_an_older_one_gets_it_within_the_age_that_it_takes()
    {
        Assert.Equal(1, await Ask("findings", 7));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(1, await Ask("findings", 8, maxAge: 3));
        Assert.Equal(TimeSpan.FromSeconds(2), (await _answers.Of("findings", 8, true, TimeSpan.FromSeconds(3), () => Task.FromResult<SharedAnswer?>(null)))!.Value.Age);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(2, await Ask("findings", 9, maxAge: 3));
    }

    [Fact]
    public async Task Who_made_it_and_left_costs_the_others_nothing()
    {
        var leave = new TaskCompletionSource<SharedAnswer?>();
        var first = Ask("findings", 7, 0, () => leave.Task);
        var second = Ask("findings", 7);
        leave.SetCanceled(TestContext.Current.CancellationToken);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Equal(1, await second);
    }

    [Fact]
    public async Task A_failure_is_told_to_all_who_waited_and_tried_again_by_the_next()
    {
        var fail = new TaskCompletionSource<SharedAnswer?>();
        Task[] asked = [Ask("findings", 7, 0, () => fail.Task), Ask("findings", 7)];
        fail.SetException(new InvalidOperationException("no database"));
        foreach (var waiting in asked)
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => waiting);
        }
        Assert.Equal(1, await Ask("findings", 7));
        Assert.Null(await _answers.Of("refused", 7, true, TimeSpan.Zero, () => Task.FromResult<SharedAnswer?>(null))); // nothing to share, and nothing kept of it
        Assert.Equal(2, await Ask("refused", 7));
    }

    [Fact]
    public async Task Those_asked_for_last_are_kept_within_their_bytes()
    {
        for (var question = 0; question < 5; question++)
        {
            await Ask($"{question}", 7, 0, () => Task.FromResult<SharedAnswer?>(new SharedAnswer(new byte[20 << 20])));
        }
        Assert.Equal(0, await Ask("4", 7)); // the first of its many bytes
        Assert.Equal(1, await Ask("0", 7));
    }

    private async Task<int> Ask(string question, long change, int maxAge = 0, Func<Task<SharedAnswer?>>? make = null, bool lasting = true) =>
        (await _answers.Of(question, change, lasting, TimeSpan.FromSeconds(maxAge), make ?? (() => Task.FromResult<SharedAnswer?>(Next()))))!.Value.Answer.Json[0];

    private SharedAnswer Next() => new([++_made]);
}
