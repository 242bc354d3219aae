using Microsoft.Extensions.Time.Testing;
using Orchestrator.Storage.Artifacts;

namespace Orchestrator.Storage.Tests.Artifacts;

public sealed class ArtifactFolderTests : ArtifactConformance, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ArtifactFolder _store;

    public ArtifactFolderTests() => _store = new ArtifactFolder(_folder.Path);

    private protected override IArtifactStore Store => _store;

    public void Dispose() => _folder.Dispose();

    private string FileOf(string hash) => Path.Combine(_folder.Path, hash[..2], hash[2..4], hash);

    [Fact]
    public async Task A_torn_file_is_found_on_reading_and_mended_by_storing_the_content_again()
    {
        var hash = await _store.Put(Content(1_000), Cancellation);
        await File.WriteAllBytesAsync(FileOf(hash), Content(1_000)[..500], Cancellation);

        var damaged = await Assert.ThrowsAsync<ArtifactException>(() => _store.Get(hash, Cancellation));
        Assert.False(damaged.MayPass);
        Assert.Contains("damaged", damaged.Message, StringComparison.Ordinal);
        await _store.Put(Content(1_000), Cancellation);
        Assert.Equal(Content(1_000), await _store.Get(hash, Cancellation));
    }

    [Fact]
    public async Task A_flipped_bit_is_found_on_reading_and_mended_by_storing_the_content_again()
    {
        var hash = await _store.Put(Content(1_000), Cancellation);
        var flipped = Content(1_000);
        flipped[777] ^= 4;
        await File.WriteAllBytesAsync(FileOf(hash), flipped, Cancellation);

        await Assert.ThrowsAsync<ArtifactException>(() => _store.Get(hash, Cancellation));
        await _store.Put(Content(1_000), Cancellation);
        Assert.Equal(Content(1_000), await _store.Get(hash, Cancellation));
    }

    [Fact]
    public async Task A_disk_is_waited_for_on_threads_of_its_own()
    {
        var (gate, pooled, waiting) = (new TaskCompletionSource(), 0, new CountdownEvent(8));
        var slow = new ArtifactFolder(_folder.Path, TimeProvider.System, file =>
        {
            Interlocked.Add(ref pooled, Thread.CurrentThread.IsThreadPoolThread ? 1 : 0);
            waiting.Signal();
            gate.Task.GetAwaiter().GetResult();
            return File.Create(file);
        });

        var stored = Task.WhenAll(Enumerable.Range(0, 8).Select(n => slow.Put(Content(100, seed: n), Cancellation)));
        Assert.True(waiting.Wait(TimeSpan.FromSeconds(30), Cancellation)); // all of them at once
        gate.SetResult();
        await stored;

        Assert.Equal(0, pooled);
    }

    [Fact]
    public async Task Looking_makes_no_folder()
    {
        var missing = Path.Combine(_folder.Path, "artifacts");
        var store = new ArtifactFolder(missing);
        Assert.False(await store.Exists(ArtifactName.Of(Content(1)), Cancellation));
        await Assert.ThrowsAsync<ArtifactException>(() => store.Get(ArtifactName.Of(Content(1)), Cancellation));
        Assert.False(Directory.Exists(missing));
    }

    [Fact]
    public async Task A_full_disk_is_said_in_words_and_leaves_nothing_behind()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "this system has no /dev/full");
        var full = new ArtifactFolder(
            _folder.Path, TimeProvider.System, _ => new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0));

        var wrong = await Assert.ThrowsAsync<ArtifactException>(() => full.Put(Content(1_000), Cancellation));
        Assert.True(wrong.MayPass);

        Assert.Contains("full", wrong.Message, StringComparison.Ordinal);
        Assert.Contains(wrong.InnerException!.Message, wrong.Message, StringComparison.Ordinal);
        Assert.Contains(_folder.Path, wrong.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_write_that_is_cut_off_leaves_nothing_behind()
    {
        var failing = new ArtifactFolder(_folder.Path, TimeProvider.System, file =>
        {
            File.WriteAllText(file, "half");
            throw new UnauthorizedAccessException("taken away");
        });

        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => failing.Put(Content(1_000), Cancellation));
        Assert.Empty(Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task What_a_process_left_unfinished_is_removed_after_a_day_and_not_before()
    {
        await _store.Put(Content(1), Cancellation);
        var left = Path.Combine(_folder.Path, "incoming", "left");
        await File.WriteAllTextAsync(left, "half", Cancellation);
        var time = new FakeTimeProvider(new DateTimeOffset(File.GetLastWriteTimeUtc(left)).AddHours(23));

        await new ArtifactFolder(_folder.Path, time).Put(Content(2), Cancellation);
        Assert.True(File.Exists(left));
        time.Advance(TimeSpan.FromHours(2));
        await new ArtifactFolder(_folder.Path, time).Put(Content(3), Cancellation);
        Assert.False(File.Exists(left));
    }
}
