using System.Net;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace Orchestrator.Storage.Artifacts;

/// <summary>
/// Artifacts as objects <c>prefix/ab/cd/abcd…</c> of a bucket, on any server that speaks S3. An object is stored by one request,
/// which S3 takes whole or not at all, and the server checks the bytes against the hash that signs them; on reading they are
/// checked again. Throttling, errors of the server and broken connections are tried again a few times.
/// </summary>
public sealed class S3Artifacts : IArtifactStore, IDisposable
{
    private const int Tries = 5;
    private readonly ArtifactAddress.Bucket _bucket;
    private readonly AmazonS3Client _client;

    /// <summary>Uses the credentials and the region of the usual AWS settings; asks nothing of the server yet.</summary>
    public S3Artifacts(ArtifactAddress.Bucket bucket) : this(bucket, configuration => new AmazonS3Client(configuration))
    {
    }

    internal S3Artifacts(ArtifactAddress.Bucket bucket, AWSCredentials credentials) : this(bucket, configuration => new AmazonS3Client(credentials, configuration))
    {
    }

    private S3Artifacts(ArtifactAddress.Bucket bucket, Func<AmazonS3Config, AmazonS3Client> open)
    {
        _bucket = bucket;
        try
        {
            _client = open(Configuration(bucket));
        }
        catch (AmazonClientException wrong) when (S3Failure.Of(wrong) is { } failure)
        {
            throw new ArtifactException($"{failure.Cause}; {failure.Fix}", wrong);
        }
    }

    /// <inheritdoc/>
    public async Task<string> Put(Stream content, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        var hash = await ArtifactName.Of(content, cancellation);
        await Ask("stored", hash, key => _client.PutObjectAsync(
            new PutObjectRequest
            {
                BucketName = _bucket.Name,
                Key = key,
                InputStream = content,
                AutoCloseStream = false,
                UseChunkEncoding = false,     // aws-chunked is what other servers know least
                DisablePayloadSigning = false, // over https too: the server refuses bytes that are not those that were sent
            },
            cancellation), cancellation);
        return hash;
    }

    /// <inheritdoc/>
    public async Task<byte[]> Get(string hash, CancellationToken cancellation = default)
    {
        var content = await Ask("read", hash, async key =>
        {
            for (var attempt = 1; ; attempt++)
            {
                using var response = await _client.GetObjectAsync(_bucket.Name, key, cancellation);
                try
                {
                    var bytes = new byte[response.ContentLength];
                    await response.ResponseStream.ReadExactlyAsync(bytes, cancellation);
                    return bytes;
                }
                catch (Exception broken) when (broken is IOException or HttpRequestException && attempt < Tries)
                {
                    // the connection went after the answer began, which the client does not try again by itself
                }
            }
        }, cancellation);
        return ArtifactName.Checked(hash, content, $"in {_bucket}");
    }

    /// <inheritdoc/>
    public async Task<string> Local(string hash, string copies, CancellationToken cancellation = default)
    {
        var copy = Path.Combine(copies, Path.GetFileName(ArtifactName.PathOf(hash)));
        if (File.Exists(copy))
        {
            await using var stored = File.OpenRead(copy);
            if (await ArtifactName.Of(stored, cancellation) == hash)
            {
                return copy;
            }
        }
        var content = await Get(hash, cancellation);
        Directory.CreateDirectory(copies);
        var temporary = $"{copy}.{Guid.NewGuid():N}";
        await File.WriteAllBytesAsync(temporary, content, cancellation);
        File.Move(temporary, copy, overwrite: true);
        return copy;
    }

    /// <inheritdoc/>
    public Task<bool> Exists(string hash, CancellationToken cancellation = default) => Ask("looked up", hash, async key =>
    {
        try
        {
            await _client.GetObjectMetadataAsync(_bucket.Name, key, cancellation);
            return true;
        }
        catch (AmazonS3Exception absent) when (absent.StatusCode == HttpStatusCode.NotFound)
        {
            return false;
        }
    }, cancellation);

    /// <inheritdoc/>
    public Task Delete(string hash, CancellationToken cancellation = default) =>
        Ask("deleted", hash, key => _client.DeleteObjectAsync(_bucket.Name, key, cancellation), cancellation);

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async Task<T> Ask<T>(string done, string hash, Func<string, Task<T>> request, CancellationToken cancellation)
    {
        var key = _bucket.Prefix + ArtifactName.PathOf(hash);
        try
        {
            return await request(key);
        }
        catch (Exception wrong) when (!cancellation.IsCancellationRequested && S3Failure.Of(wrong) is { } failure)
        {
            throw new ArtifactException($"artifact {_bucket.Show(key)} was not {done}: {failure.Cause}; {failure.Fix}", wrong) { MayPass = !failure.IsAbsence };
        }
    }

    private static AmazonS3Config Configuration(ArtifactAddress.Bucket bucket)
    {
        var configuration = new AmazonS3Config
        {
            ForcePathStyle = true,
            // Checksums in trailers are newer than most servers that are not Amazon's. Ours is the object's own name.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            RetryMode = RequestRetryMode.Standard,
            MaxErrorRetry = Tries - 1,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            Timeout = TimeSpan.FromSeconds(100),
        };
        var region = Environment.GetEnvironmentVariable("AWS_REGION") ?? Environment.GetEnvironmentVariable("AWS_DEFAULT_REGION");
        if (bucket.Endpoint is { } endpoint)
        {
            configuration.ServiceURL = endpoint.GetLeftPart(UriPartial.Authority);
            configuration.AuthenticationRegion = region ?? "us-east-1"; // such servers want some region in the signature, most any
        }
        else if (region is not null)
        {
            configuration.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        }
        return configuration;
    }
}
