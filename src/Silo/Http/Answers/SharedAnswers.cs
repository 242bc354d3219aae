namespace Orchestrator.Silo.Http.Answers;

/// <summary>A JSON document and where its next page is, if it has one.</summary>
internal sealed record SharedAnswer(byte[] Json, string? Link = null);

/// <summary>
/// Answers that are made once for all who ask the same: an answer is as new as its question, unless who asks takes one that is somewhat older. Who asks while
/// one is being made that will do waits for it. So fifty pages that take answers of three seconds cost what one does.
/// </summary>
internal sealed class SharedAnswers(TimeProvider time)
{
    private const long MostBytes = 64 << 20;

    private readonly Lock _gate = new();
    private readonly LinkedList<Answer> _answers = new(); // the one asked for last comes first

    /// <summary>The answer and its age; null if what is made is nothing that others may have, and then the caller makes its own.</summary>
    /// <param name="question">What is asked, of what.</param>
    /// <param name="change">The change of what is asked of.</param>
    /// <param name="lasting">Whether at one change the answer stays the same; if not, only one that is being made is as new.</param>
    /// <param name="maxAge">How old an answer may be that was made of an earlier change.</param>
    /// <param name="make">Makes it; null for what is the caller's own.</param>
    public async Task<(SharedAnswer Answer, TimeSpan Age)?> Of(string question, long change, bool lasting, TimeSpan maxAge, Func<Task<SharedAnswer?>> make)
    {
        while (true)
        {
            Answer? mine = null;
            Answer answer;
            lock (_gate)
            {
                var now = time.GetUtcNow();
                answer = _answers.FirstOrDefault(known => known.Question == question
                    && (known.Change == change && (lasting || !known.IsMade) || now - known.Began < maxAge))
                    ?? (mine = new Answer(question, change, now));
                _answers.Remove(answer);
                _answers.AddFirst(answer);
            }
            if (mine is not null)
            {
                await Make(mine, make);
            }
            try
            {
                return await answer.Made is { } made ? (made, time.GetUtcNow() - answer.Began) : null;
            }
            catch (OperationCanceledException) when (mine is null)
            {
                // Who made it has left.
            }
        }
    }

    private async Task Make(Answer answer, Func<Task<SharedAnswer?>> make)
    {
        try
        {
            var made = await make();
            lock (_gate)
            {
                answer.Holds(made);
                Trim();
            }
        }
        catch (Exception wrong)
        {
            lock (_gate)
            {
                _answers.Remove(answer);
            }
            answer.Fails(wrong);
        }
    }

    private void Trim()
    {
        long bytes = 0;
        var known = new HashSet<string>();
        for (var (node, next) = (_answers.First, _answers.First?.Next); node is not null; (node, next) = (next, next?.Next))
        {
            bytes += node.Value.Bytes;
            if (node.Value.IsMade && (bytes > MostBytes || node.Value.Bytes == 0 || !known.Add(node.Value.Question)))
            {
                bytes -= node.Value.Bytes;
                _answers.Remove(node);
            }
        }
    }

    private sealed class Answer(string question, long change, DateTimeOffset began)
    {
        private readonly TaskCompletionSource<SharedAnswer?> _made = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Question => question;

        public long Change => change;

        public DateTimeOffset Began => began;

        public Task<SharedAnswer?> Made => _made.Task;

        public bool IsMade { get; private set; }

        public long Bytes { get; private set; }

        public void Holds(SharedAnswer? made)
        {
            (IsMade, Bytes) = (true, made?.Json.Length ?? 0);
            _made.SetResult(made);
        }

        public void Fails(Exception wrong)
        {
            _made.SetException(wrong);
            _ = _made.Task.Exception; // whoever waits for it tells
        }
    }
}
