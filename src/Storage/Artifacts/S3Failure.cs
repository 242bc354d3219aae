using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;

namespace Orchestrator.Storage.Artifacts;

/// <summary>What went wrong with an S3 server, and what to do. Repeats no text of a credential.</summary>
internal sealed record S3Failure(string Cause, string Fix)
{
    private const string Keys = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (with AWS_SESSION_TOKEN where the key is a temporary one)";

    /// <summary>Whether the server answered in order that there is no such object.</summary>
    public bool IsAbsence { get; private init; }

    /// <summary>The failure behind an exception of the client; null if it is another kind.</summary>
    public static S3Failure? Of(Exception wrong) => wrong switch
    {
        AmazonServiceException { StatusCode: not 0 } answer => Of(answer),
        _ when Inner<SocketException>(wrong) is { SocketErrorCode: not SocketError.ConnectionReset } refused => new($"the server cannot be reached ({refused.Message})", "correct the S3 endpoint (ORCHESTRATOR_S3_ENDPOINT), or start the server"),
        OperationCanceledException or TimeoutException => new("the server did not answer in time", "look at the server and the network to it"),
        HttpRequestException or IOException => new($"the connection broke ({wrong.Message})", "look at the server and the network to it"),
        AmazonServiceException { InnerException: { } inner } when Of(inner) is { } failure => failure,
        AmazonClientException when wrong.Message.Contains("credentials", StringComparison.OrdinalIgnoreCase) => new("no AWS credentials were found", Keys),
        AmazonClientException when wrong.Message.Contains("region", StringComparison.OrdinalIgnoreCase) =>
            new("no AWS region was found", "set AWS_REGION, or ORCHESTRATOR_S3_ENDPOINT where the server is not Amazon's"),
        AmazonClientException => new(wrong.Message, "look at the server and the network to it"),
        _ => null,
    };

    private static S3Failure Of(AmazonServiceException answer) => (answer.ErrorCode, answer.StatusCode) switch
    {
        ("NoSuchKey", _) => new("there is none", "it was deleted, or stored elsewhere: check that every silo and worker has the same artifact store") { IsAbsence = true },
        ("NoSuchBucket", _) => new("there is no such bucket", "create it, or correct the artifact store"),
        ("InvalidAccessKeyId" or "SignatureDoesNotMatch" or "ExpiredToken" or "InvalidToken", _) => new($"the server does not accept the credentials ({answer.ErrorCode})", Keys),
        ("RequestTimeTooSkewed", _) => new("the clock of this machine or the server's is wrong (RequestTimeTooSkewed)", "set it"),
        ("AuthorizationHeaderMalformed" or "PermanentRedirect" or "IllegalLocationConstraintException", _) or (_, HttpStatusCode.MovedPermanently or HttpStatusCode.TemporaryRedirect) =>
            new($"the bucket is in another region ({answer.ErrorCode})", "set AWS_REGION"),
        (_, HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized) =>
            new($"the server does not allow it ({answer.ErrorCode})", "give the key s3:GetObject, s3:PutObject and s3:DeleteObject on the prefix and s3:ListBucket on the bucket, or " + Keys),
        (_, HttpStatusCode.NotFound) => new($"the server knows no such thing ({answer.ErrorCode})", "check the bucket and the endpoint: does it speak S3?"),
        (_, >= HttpStatusCode.InternalServerError) => new($"the server answered {(int)answer.StatusCode} ({answer.ErrorCode}) every time", "look at the server; work goes on when it does"),
        _ => new($"the server answered {(int)answer.StatusCode} ({answer.ErrorCode}): {answer.Message}", "check the bucket and the endpoint: does it speak S3?"),
    };

    private static T? Inner<T>(Exception? wrong) where T : Exception => wrong is null or T ? wrong as T : Inner<T>(wrong.InnerException);
}
