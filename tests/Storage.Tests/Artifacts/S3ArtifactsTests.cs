using Amazon.Runtime;
using Orchestrator.Platform;
using Orchestrator.Storage.Artifacts;
using Orchestrator.TestServices;

namespace Orchestrator.Storage.Tests.Artifacts;

public sealed class S3ArtifactsTests : ArtifactConformance, IAsyncLifetime
{
    private const string Prefix = "team/cluster-1/";
    private S3Server _server = null!;
    private S3Artifacts _store = null!;

    private protected override IArtifactStore Store => _store;

    public async ValueTask InitializeAsync()
    {
        _server = await S3Server.StartNew();
        _store = Open();
    }

    public async ValueTask DisposeAsync()
    {
        _store.Dispose();
        await _server.DisposeAsync();
    }

    private S3Artifacts Open(string bucket = S3Server.Bucket, string key = S3Server.KeyId, string secret = S3Server.Secret, Uri? server = null) =>
        new((ArtifactAddress.Bucket)ArtifactAddress.Parse($"s3://{bucket}/{Prefix}", (server ?? _server.Address).ToString()), new BasicAWSCredentials(key, secret));

    private static string KeyOf(string hash) => $"{Prefix}{hash[..2]}/{hash[2..4]}/{hash}";

    [Fact]
    public async Task Objects_lie_under_the_prefix_by_the_digits_of_their_hash()
    {
        var hash = await _store.Put(Content(10), Cancellation);

        Assert.Equal(Content(10), Assert.Single(_server.Objects).Value);
        Assert.Equal(KeyOf(hash), _server.Objects.Keys.Single());
    }

    [Fact]
    public async Task An_upload_that_is_cut_in_the_middle_never_shows_and_is_done_again()
    {
        _server.CutUploads(int.MaxValue);
        var cut = await Assert.ThrowsAsync<ArtifactException>(() => _store.Put(Content(2_000_000), Cancellation));
        Assert.Empty(_server.Objects);
        Assert.Contains(S3Server.Bucket, cut.Message, StringComparison.Ordinal);

        _server.CutUploads(1);
        var hash = await _store.Put(Content(2_000_000), Cancellation);
        Assert.Equal(Content(2_000_000), await _store.Get(hash, Cancellation));
    }

    [Fact]
    public async Task A_download_that_is_cut_in_the_middle_is_done_again_and_not_for_ever()
    {
        var hash = await _store.Put(Content(2_000_000), Cancellation);

        _server.CutDownloads(2);
        Assert.Equal(Content(2_000_000), await _store.Get(hash, Cancellation));
        _server.CutDownloads(int.MaxValue);
        var cut = await Assert.ThrowsAsync<ArtifactException>(() => _store.Get(hash, Cancellation));
        Assert.True(cut.MayPass);
        Assert.Contains("connection broke", cut.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_busy_for_a_moment_is_asked_again()
    {
        _server.BeUnavailable(2);

        var hash = await _store.Put(Content(1_000), Cancellation);

        Assert.Equal(3, _server.Requests);
        Assert.True(await _store.Exists(hash, Cancellation));
    }

    [Fact]
    public async Task A_server_that_stays_busy_is_an_error_that_names_key_and_cause_after_a_few_tries()
    {
        _server.BeUnavailable(int.MaxValue);

        var busy = await Assert.ThrowsAsync<ArtifactException>(() => _store.Get(new string('a', 64), Cancellation));
        Assert.True(busy.MayPass);

        Assert.Contains(KeyOf(new string('a', 64)), busy.Message, StringComparison.Ordinal);
        Assert.Contains("503 (SlowDown)", busy.Message, StringComparison.Ordinal);
        Assert.Equal(5, _server.Requests);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(1_000)]
    public async Task A_damaged_object_is_found_on_reading_and_mended_by_storing_the_content_again(int left)
    {
        var hash = await _store.Put(Content(1_000), Cancellation);
        var damaged = Content(1_000)[..left];
        damaged[77] ^= 4;
        _server.Objects[KeyOf(hash)] = damaged;

        var found = await Assert.ThrowsAsync<ArtifactException>(() => _store.Get(hash, Cancellation));
        Assert.Contains("damaged", found.Message, StringComparison.Ordinal);
        await _store.Put(Content(1_000), Cancellation);
        Assert.Equal(Content(1_000), await _store.Get(hash, Cancellation));
    }

    [Fact]
    public async Task Wrong_credentials_are_refused_with_the_fix_and_without_the_secret()
    {
        using var wrongSecret = Open(secret: "hunter2hunter2");
        using var wrongKey = Open(key: "NOBODY");

        var secret = await Assert.ThrowsAsync<ArtifactException>(() => wrongSecret.Put(Content(10), Cancellation));
        var key = await Assert.ThrowsAsync<ArtifactException>(() => wrongKey.Put(Content(10), Cancellation));

        Assert.Contains("SignatureDoesNotMatch", secret.Message, StringComparison.Ordinal);
        Assert.Contains("InvalidAccessKeyId", key.Message, StringComparison.Ordinal);
        Assert.Contains("AWS_SECRET_ACCESS_KEY", key.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", secret.ToString(), StringComparison.Ordinal);
        Assert.Empty(_server.Objects);
    }

    [Fact]
    public async Task A_bucket_that_is_not_there_is_named()
    {
        using var elsewhere = Open(bucket: "elsewhere");

        var missing = await Assert.ThrowsAsync<ArtifactException>(() => elsewhere.Put(Content(10), Cancellation));

        Assert.Contains("no such bucket", missing.Message, StringComparison.Ordinal);
        Assert.Contains("s3://elsewhere/", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_said_with_the_setting_to_correct()
    {
        using var nobody = Open(server: new Uri($"http://127.0.0.1:{FreePort.Any()}"));

        var missing = await Assert.ThrowsAsync<ArtifactException>(() => nobody.Put(Content(10), Cancellation));

        Assert.Contains("ORCHESTRATOR_S3_ENDPOINT", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_caller_gives_up_is_cancelled_and_no_error_of_the_store()
    {
        using var given = new CancellationTokenSource();
        await given.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _store.Put(Content(10), given.Token));
    }
}
