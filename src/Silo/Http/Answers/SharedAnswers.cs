namespace Orchestrator.Silo.Http.Answers;

/// <summary>
/// Answers that are made once for all who ask the same: who asks while one is being made waits for it, and who asks soon after gets it too.
/// While a sweep runs "soon" is twenty times what making it took, ten seconds at most: so that viewers, however many, cost a twentieth of a
/// core for each question, and what is made in milliseconds is as good as new. After that it holds until the sweep is changed.
/// </summary>
internal sealed class SharedAnswers(TimeProvider time)
{
    private const long MostBytes = 64 << 20;
    private const int Share = 20;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly LinkedList<Answer> _answers = new(); // the one asked for last comes first

    /// <summary>The answer; null if what is made is nothing that others may have, and then the caller makes its own.</summary>
    /// <param name="question">What is asked, of what.</param>
    /// <param name="lasting">Whether the question names everything that the answer depends on.</param>
    /// <param name="make">Makes it; null for what is the caller's own.</param>
    public async Task<byte[]?> Of(string question, bool lasting, Func<Task<byte[]?>> make)
    {
        while (true)
        {
            Answer? mine = null;
            Answer answer;
            lock (_gate)
            {
                answer = _answers.FirstOrDefault(known => known.Question == question && !known.IsOver(time.GetUtcNow())) ?? (mine = new Answer(question));
                _answers.Remove(answer);
                _answers.AddFirst(answer);
            }
            if (mine is not null)
            {
                await Make(mine, lasting, make);
                return await mine.Made;
            }
            try
            {
                return await answer.Made;
            }
            catch (OperationCanceledException)
            {
                // Who made it has left.
            }
        }
    }

    private async Task Make(Answer answer, bool lasting, Func<Task<byte[]?>> make)
    {
        var began = time.GetTimestamp();
        try
        {
            var made = await make();
            var kept = Share * time.GetElapsedTime(began);
            lock (_gate)
            {
                answer.Holds(made, lasting ? DateTimeOffset.MaxValue : time.GetUtcNow() + (kept < Longest ? kept : Longest));
                Trim();
            }
        }
        catch (Exception wrong)
        {
            lock (_gate)
            {
                answer.Fails(wrong);
                Trim();
            }
            throw;
        }
    }

    private void Trim()
    {
        long bytes = 0;
        var now = time.GetUtcNow();
        for (var (node, next) = (_answers.First, _answers.First?.Next); node is not null; (node, next) = (next, next?.Next))
        {
            bytes += node.Value.Bytes;
            if (bytes > MostBytes || node.Value.IsOver(now))
            {
                bytes -= node.Value.Bytes;
                _answers.Remove(node);
            }
        }
    }

    private sealed class Answer(string question)
    {
        private readonly TaskCompletionSource<byte[]?> _made = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private DateTimeOffset _until = DateTimeOffset.MaxValue; // as long as it is being made

        public string Question => question;

        public Task<byte[]?> Made => _made.Task;

        public long Bytes { get; private set; }

        public bool IsOver(DateTimeOffset now) => now >= _until;

        public void Holds(byte[]? made, DateTimeOffset until)
        {
            (Bytes, _until) = (made?.Length ?? 0, made is null ? DateTimeOffset.MinValue : until);
            _made.SetResult(made);
        }

        public void Fails(Exception wrong)
        {
            _until = DateTimeOffset.MinValue;
            _made.SetException(wrong);
            _ = _made.Task.Exception; // whoever made it tells
        }
    }
}
