using Orchestrator.Contracts.Work;
using Orchestrator.Messaging.Bus;

namespace Orchestrator.Messaging.Tests.Bus;

public sealed class CallGathererTests
{
    private readonly List<(IReadOnlyList<Call> Calls, TaskCompletionSource<IReadOnlyList<Answer>> Answers)> _sent = [];
    private readonly CallGatherer _gatherer;

    public CallGathererTests() => _gatherer = new CallGatherer(calls =>
    {
        var answers = new TaskCompletionSource<IReadOnlyList<Answer>>();
        _sent.Add((calls, answers));
        return answers.Task;
    });

    [Fact(Timeout = 30_000)]
    public async Task A_call_goes_out_at_once_while_few_are_under_way_and_the_rest_goes_together()
    {
        var token = TestContext.Current.CancellationToken;
        var asked = Enumerable.Range(0, 20).Select(n => Ask(Finished(n), token)).ToArray();
        Assert.All(_sent, message => Assert.Single(message.Calls));
        var alone = _sent.Count;
        Assert.InRange(alone, 2, 10);

        Answer(0);
        await asked[0];

        await Until(() => _sent.Count > alone);
        Assert.Equal(20 - alone, _sent[alone].Calls.Count);
        for (var i = 1; i < _sent.Count; i++)
        {
            Answer(i);
        }
        Assert.Equal(Enumerable.Range(0, 20).Select(n => $"{n}"), (await Task.WhenAll(asked)).Select(a => a.Report!.Reason));
    }

    [Fact(Timeout = 30_000)]
    public async Task Large_calls_do_not_make_a_message_of_more_than_64_KB()
    {
        var token = TestContext.Current.CancellationToken;
        var asked = Enumerable.Range(0, 40).Select(n => Ask(Snapshot(n, bytes: 8_000), token)).ToArray();
        for (var i = 0; asked.Any(a => !a.IsCompleted); i++)
        {
            await Until(() => _sent.Count > i || asked.All(a => a.IsCompleted));
            if (i < _sent.Count)
            {
                Assert.InRange(_sent[i].Calls.Sum(c => c.Report!.Snapshots.Sum(s => s.Metrics.Length)) * 4 / 3, 0, 64 << 10);
                Answer(i);
            }
        }
        await Task.WhenAll(asked);
        Assert.Equal(40, _sent.Sum(m => m.Calls.Count));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_fault_of_one_call_is_its_callers_alone_and_a_lost_message_fails_all_of_its_calls()
    {
        var token = TestContext.Current.CancellationToken;
        var (good, bad) = (Ask(Finished(1), token), Ask(Finished(2), token));
        _sent[0].Answers.SetResult([new Answer { Report = new ReportReply(true, null) }]);
        _sent[1].Answers.SetException(new TimeoutException("no answer"));
        Assert.True((await good).Report!.Accepted);
        await Assert.ThrowsAsync<TimeoutException>(() => bad);

        var faulty = Ask(Finished(3), token);
        _sent[2].Answers.SetResult([new Answer { Fault = "the database is away" }]);
        Assert.Contains("the database is away", (await Assert.ThrowsAsync<InvalidOperationException>(() => faulty)).Message, StringComparison.Ordinal);
    }

    private Task<Answer> Ask(Call call, CancellationToken cancellation) => _gatherer.Ask(call, cancellation);

    private void Answer(int message) => _sent[message].Answers.SetResult([.. _sent[message].Calls.Select(c =>
        new Answer { Report = new ReportReply(true, c.Report?.End?.Reason) })]);

    private static Call Finished(int number) => new() { Report = new RunReport("w#1", new RunAttempt("run", 1), [], [], new AttemptEnd(RunOutcome.Completed, 1, $"{number}", 0), "run") };

    private static Call Snapshot(int step, int bytes) => new() { Report = new RunReport("w#1", new RunAttempt("run", 1), [new MeasuredSnapshot(step, 1, [], new byte[bytes], "hash")], [], null, "run") };

    private static async Task Until(Func<bool> reached)
    {
        while (!reached())
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
