using Microsoft.Extensions.Time.Testing;
using Orchestrator.Silo.Http.Answers;

namespace Orchestrator.Silo.Tests.Http;

/// <summary>Answers that many viewers ask for at once.</summary>
public sealed class SharedAnswerTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly SharedAnswers _answers;
    private int _made;

    public SharedAnswerTests() => _answers = new SharedAnswers(_time);

    [Fact]
    public async Task Who_asks_while_it_is_made_gets_the_same_and_it_is_made_once()
    {
        var finish = new TaskCompletionSource();
        var asked = Enumerable.Range(0, 50).Select(_ => _answers.Of("findings", false, async () =>
        {
            _made++;
            await finish.Task;
            return [1];
        })).ToArray();
        finish.SetResult();
        Assert.All(await Task.WhenAll(asked), answer => Assert.Equal([1], answer));
        Assert.Equal(1, _made);
    }

    [Theory]
    [InlineData(100, 1_999, 2_001)] // twenty times what it took
    [InlineData(5_000, 9_999, 10_001)] // ten seconds at most
    public async Task While_a_sweep_runs_it_holds_for_a_share_of_what_it_cost(int took, int holds, int over)
    {
        Assert.Equal([1], await Ask(took));
        _time.Advance(TimeSpan.FromMilliseconds(holds));
        Assert.Equal([1], await Ask(took));
        _time.Advance(TimeSpan.FromMilliseconds(over - holds));
        Assert.Equal([2], await Ask(took));

        async Task<byte[]?> Ask(int milliseconds) => await _answers.Of("findings", false, () =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(milliseconds));
            return Task.FromResult<byte[]?>([(byte)++_made]);
        });
    }

    [Fact]
    public async Task What_cost_nothing_is_made_anew_and_what_lasts_is_kept()
    {
        Assert.Equal([1], await Make("running", false));
        Assert.Equal([2], await Make("running", false));
        Assert.Equal([3], await Make("ended", true));
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Equal([3], await Make("ended", true));
        Assert.Equal([4], await Make("ended otherwise", true));

        Task<byte[]?> Make(string question, bool lasting) => _answers.Of(question, lasting, () => Task.FromResult<byte[]?>([(byte)++_made]));
    }

    [Fact]
    public async Task Who_made_it_and_left_costs_the_others_nothing()
    {
        var leave = new TaskCompletionSource<byte[]?>();
        var first = _answers.Of("findings", false, () => leave.Task);
        var second = _answers.Of("findings", false, () => Task.FromResult<byte[]?>([2]));
        leave.SetCanceled(TestContext.Current.CancellationToken);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Equal([2], await second);
    }

    [Fact]
    public async Task A_failure_is_told_to_all_who_waited_and_tried_again_by_the_next()
    {
        var fail = new TaskCompletionSource<byte[]?>();
        Task<byte[]?>[] asked = [_answers.Of("findings", true, () => fail.Task), _answers.Of("findings", true, () => Task.FromResult<byte[]?>([1]))];
        fail.SetException(new InvalidOperationException("no database"));
        foreach (var waiting in asked)
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => waiting);
        }
        Assert.Equal([2], await _answers.Of("findings", true, () => Task.FromResult<byte[]?>([2])));
        Assert.Null(await _answers.Of("refused", true, () => Task.FromResult<byte[]?>(null))); // nothing to share, and nothing kept of it
        Assert.Equal([3], await _answers.Of("refused", true, () => Task.FromResult<byte[]?>([3])));
    }

    [Fact]
    public async Task Those_asked_for_last_are_kept_within_their_bytes()
    {
        for (var question = 0; question < 5; question++)
        {
            await _answers.Of($"{question}", true, () => Task.FromResult<byte[]?>(new byte[20 << 20]));
        }
        Assert.Equal(20 << 20, (await _answers.Of("4", true, () => Task.FromResult<byte[]?>([1])))!.Length);
        Assert.Equal([1], await _answers.Of("0", true, () => Task.FromResult<byte[]?>([1])));
    }
}
