using System.Diagnostics;

namespace Orchestrator.Messaging.Bus;

/// <summary>
/// Turns many calls that are made at once into few messages: a call goes out at once while less than <see cref="Lanes"/> messages
/// wait for their answer; what comes after that goes together with the next one that is free.
/// </summary>
internal sealed class CallGatherer(Func<IReadOnlyList<Call>, Task<IReadOnlyList<Answer>>> send)
{
    private const int Lanes = 2;
    private const int MostCalls = 64;
    private const int MostBytes = 24 << 10; // of metrics and ids: a message stays under 64 KB as JSON
    private readonly Lock _gate = new();
    private readonly Queue<Waiting> _waiting = [];
    private int _underWay;

    public async Task<Answer> Ask(Call call, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var waiting = new Waiting(call);
        bool free;
        lock (_gate)
        {
            _waiting.Enqueue(waiting);
            free = _underWay < Lanes;
            _underWay += free ? 1 : 0;
        }
        if (free)
        {
            _ = SendAll(); // tells every failure to who waits for it
        }
        var answer = await waiting.Done.Task.WaitAsync(cancellation);
        return answer.Fault is null ? answer : throw new InvalidOperationException($"the control plane could not answer: {answer.Fault}");
    }

    private async Task SendAll()
    {
        while (Next() is { Count: > 0 } calls)
        {
            Activity.Current = calls is [var only] ? only.Trace : null; // a message of several runs is in the trace of none
            try
            {
                var answers = await send([.. calls.Select(c => c.Call)]);
                for (var i = 0; i < calls.Count; i++)
                {
                    calls[i].Done.SetResult(answers[i]);
                }
            }
            catch (Exception failure)
            {
                foreach (var call in calls)
                {
                    call.Done.TrySetException(failure);
                }
            }
        }
    }

    private List<Waiting> Next()
    {
        lock (_gate)
        {
            var (calls, bytes) = (new List<Waiting>(), 0);
            while (calls.Count < MostCalls && _waiting.TryPeek(out var next) && (calls.Count == 0 || bytes + Bytes(next.Call) <= MostBytes))
            {
                bytes += Bytes(next.Call);
                calls.Add(_waiting.Dequeue());
            }
            _underWay -= calls.Count == 0 ? 1 : 0;
            return calls;
        }
    }

    /// <summary>About how long a call is as JSON: vectors in base64, and an attempt with what surrounds it.</summary>
    private static int Bytes(Call call) => 350 + (call.Report?.Snapshots.Sum(s => s.Metrics.Length) ?? 0) * 4 / 3 + (call.Claim?.Runs.Count ?? 0) * 100;

    private sealed class Waiting(Call call)
    {
        public Call Call { get; } = call;
        public Activity? Trace { get; } = Activity.Current;
        public TaskCompletionSource<Answer> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
